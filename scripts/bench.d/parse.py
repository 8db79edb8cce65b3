"""Measures reading: the bridge, its floor and other readers, in turns, each a whole process.

parse.py --folder CACHE --bench BINARY --bridge BINARY --readers PYTHON --rust-readers BINARY [--runs N] [--small]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent

class Format(NamedTuple):
    """What is measured of a format. `slow` readers get a tenth of the file, and are compared by their speed."""

    file: str
    records: int
    per_day: int
    noun: str
    floor: str
    python: list
    rust: list = []
    slow: list = []
    # How much faster than the fastest reader in Python the bridge is to be.
    times: int = 10


FORMATS = {
    "coda": Format(
        "coda.cod", 200_000, 1_000, "movements",
        "cut the bytes into lines (memchr), add up the amounts of records 2.1",
        ["pycoda"], times=20,
    ),
    "camt": Format(
        "camt.xml", 100_000, 1_000, "entries",
        "read all events with quick-xml, look at none",
        ["ofxstatement_iso20022", "bankstatementparser"], ["camt053"], times=20,
    ),
    "mt940": Format(
        "mt940.sta", 300_000, 500, "movements",
        "cut the bytes into lines (memchr), add up the amounts of :61:",
        ["bankstatementparser_mt940", "mt_940", "bankfile"], ["mt940"], ["mt_940", "bankfile", "mt940"],
    ),
    "ofx": Format(
        "ofx1.ofx", 300_000, 1_000, "transactions",
        "cut the bytes at each < (memchr), add up TRNAMT",
        ["ofxtools_tree", "ofxtools", "bankfile"], ["ofx_rs"], ["ofxtools_tree", "ofxtools", "bankfile"],
    ),
    "ofx2": Format(
        "ofx2.ofx", 300_000, 1_000, "transactions",
        "cut the bytes at each < (memchr), add up TRNAMT",
        ["ofxtools_tree", "ofxtools", "bankfile"], ["ofx_rs"], ["ofxtools_tree", "ofxtools", "bankfile"],
    ),
    "qif": Format(
        "qif.qif", 600_000, 1_000, "transactions",
        "cut the bytes into lines (memchr), add up T",
        ["qifparse", "quiffen"], ["qif_parser"], ["quiffen"],
    ),
    "csv": Format(
        "csv.csv", 250_000, 1_000, "rows",
        "read all records with the csv crate, add up the amounts",
        ["ofxstatement_be_kbc", "csv2ofx"], [], ["csv2ofx"],
    ),
    "xlsx": Format(
        "xlsx.xlsx", 50_000, 500, "rows",
        "read all cells with calamine, add up the amounts",
        ["ofxstatement_be_argenta"],
    ),
    "zip": Format(
        "zip.zip", 100_000, 1_000, "entries",
        "unpack all files, look at none",
        ["ofxstatement_iso20022_unpacked"], ["camt053"],
    ),
}
# What the names of readers leave out.
WORDS = {
    "bankfile": "bankfile (Python)",
    "bankstatementparser": "bankstatementparser (Python)",
    "bankstatementparser_mt940": "bankstatementparser (Python)",
    "camt053": "camt053 (Rust)",
    "csv2ofx": "csv2ofx (Python)",
    "mt940": "mt940 (Rust)",
    "mt_940": "mt-940 (Python)",
    "ofx_rs": "ofx-rs (Rust)",
    "ofxstatement_be_argenta": "ofxstatement-be-argenta (Python)",
    "ofxstatement_be_kbc": "ofxstatement-be-kbc (Python)",
    "ofxstatement_iso20022": "ofxstatement-iso20022 (Python)",
    "ofxstatement_iso20022_unpacked": "zipfile, ofxstatement-iso20022 (Python)",
    "ofxtools": "ofxtools (Python)",
    "ofxtools_tree": "ofxtools, its tree of elements alone (Python)",
    "pycoda": "pycoda (Python)",
    "qif_parser": "qif_parser (Rust)",
    "qifparse": "qifparse (Python)",
    "quiffen": "quiffen (Python)",
}


def launch():
    """`--launch OUTPUT COMMAND...`: runs one command in a child of this fresh, small process and measures it."""
    output, *command = sys.argv[2:]
    actions = [(os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)]
    started = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - started
    print(json.dumps({
        "status": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "processor": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
    }))


def measured(command, output):
    launched = subprocess.run(
        [sys.executable, "-I", "-S", __file__, "--launch", output, *command], stdout=subprocess.PIPE, check=True
    )
    result = json.loads(launched.stdout)
    if result["status"]:
        sys.exit(f"error: this command failed ({result['status']}): {' '.join(command)}")
    return result


def made(arguments, kind, records):
    """The file of that format, made once for each version of what makes it, and its true count, sum and sizes."""
    of = FORMATS[kind]
    path = arguments.folder / f"{records}-{of.file}"
    truth = path.with_suffix(".json")
    if not truth.exists():
        print(f"==> making {path.name}", file=sys.stderr)
        told = subprocess.run(
            [arguments.bench, "make", kind, "0", str(records), str(of.per_day), path], stdout=subprocess.PIPE, check=True
        )
        truth.write_bytes(told.stdout)
    size = unpacked = path.stat().st_size
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    return path, json.loads(truth.read_text()) | {"size": size, "unpacked": unpacked}


def measure(arguments, kind):
    """The runs of each reader, and what the file holds that each of them read."""
    of = FORMATS[kind]
    records = of.records // (10 if arguments.small else 1)
    whole = made(arguments, kind, records)
    tenth = made(arguments, kind, records // 10) if of.slow else whole
    path, _ = whole
    commands = {
        "bridge": [arguments.bench, "bridge", path],
        "json": [arguments.bridge, "parse", "--json", path],
        "floor": [arguments.bench, "floor", kind, path],
        "digests": [arguments.bench, "floor", "digests", whole[1]["records"]],
        **({"whole": [arguments.bench, "floor", "coda-whole", path]} if kind == "coda" else {}),
    }
    given = dict.fromkeys(commands, whole)
    for other in of.python + of.rust:
        given[other] = tenth if other in of.slow else whole
        reader = [arguments.rust_readers] if other in of.rust else [arguments.readers, HERE / "readers.py"]
        commands[other] = [*reader, other, given[other][0]]
    # Once into the memory of the system, for all alike.
    for path, _ in (whole, tenth):
        with path.open("rb") as file:
            while file.read(1 << 20):
                pass
    runs = {name: [] for name in commands}
    answer = arguments.folder / "answer.json"
    for turn in range(arguments.runs):
        for name, command in commands.items():
            # The slow ones tell enough in half the turns.
            if name in of.python and turn % 2:
                continue
            print(f"==> {kind} {turn + 1}/{arguments.runs}: {name}", file=sys.stderr)
            output = "/dev/null" if name == "json" else str(answer)
            runs[name].append(measured([str(part) for part in command], output))
            if name != "json":
                check(kind, name, json.loads(answer.read_text()), given[name][1])
    return {name: truth for name, (_, truth) in given.items()}, runs


def check(kind, name, answer, truth):
    """Whoever leaves something out is no measure."""
    if name == "digests" or name == "floor" and kind in ("camt", "zip"):
        return
    if answer["records"] != truth["records"] or Decimal(answer["sum"]) != Decimal(truth["sum"]):
        sys.exit(f"error: {name} read {answer}, the file holds {truth}")


def report(kind, truth, runs):
    """One table, and which goals are met."""
    from machine import goal, spread, table

    of = FORMATS[kind]
    others = of.python + of.rust
    seconds = {name: statistics.median(run["seconds"] for run in took) for name, took in runs.items()}
    processor = {name: statistics.median(run["processor"] for run in took) for name, took in runs.items()}
    peak = {name: max(run["peak"] for run in took) for name, took in runs.items()}
    # Bytes a second, so that readers of a tenth stand beside the others.
    speed = {name: truth[name]["size"] / seconds[name] for name in runs}
    work = {name: truth[name]["size"] / processor[name] for name in runs}
    fastest = max(others, key=speed.get)
    words = {
        "bridge": "bridge: statements with identities, all checks",
        "json": "bridge: `parse --json`, written to /dev/null",
        "floor": f"floor: {of.floor}",
        "digests": "the digests of so many identities (SHA-256), no file read",
        "whole": "floor, file read whole: slice the bytes into lines, add up the same amounts",
        **{other: WORDS[other] + (", a tenth of the file" if other in of.slow else "") for other in others},
    }
    size, records = truth["bridge"]["size"], truth["bridge"]["records"]
    print(f"\n{kind.upper()}: {size / 1e6:.1f} MB, {records:,} {of.noun}; all readers gave all of them and the right sum")
    head = ["", "runs", "seconds (least–most)", "CPU s", "MB/s", f"{of.noun}/s", "peak MB", "× floor", "× fastest other"]
    table(
        head,
        [
            [
                words[name],
                str(len(took)),
                spread([run["seconds"] for run in took], 3),
                f"{processor[name]:.3f}",
                f"{speed[name] / 1e6:,.0f}" if speed[name] > 2e7 else f"{speed[name] / 1e6:,.1f}",
                f"{truth[name]['records'] / seconds[name]:,.0f}",
                f"{peak[name] / 1e6:.0f}",
                f"{speed[name] / speed['floor']:.3f}",
                f"{speed[name] / speed[fastest]:.2f}",
            ]
            for name, took in runs.items()
        ],
    )

    def compare(name):
        return speed["bridge"] / speed[name], f"(by CPU time {work['bridge'] / work[name]:.2f})"

    share, by_processor = compare("floor")
    goal(share >= 0.5, f"at least half the speed of the floor: {share:.2f} {by_processor}")
    if "whole" in runs:
        share, by_processor = compare("whole")
        goal(share >= 0.5, f"the same, of the file read whole: {share:.2f} {by_processor}")
    times, by_processor = compare(fastest)
    goal(times > 1, f"ahead of every other reader: {times:.1f} times {WORDS[fastest]} {by_processor}")
    fastest = max(of.python, key=speed.get)
    times, by_processor = compare(fastest)
    goal(times >= of.times, f"at least {of.times} times the fastest in Python: {times:.1f} times {WORDS[fastest]} {by_processor}")
    goal(peak["bridge"] <= 1.5 * size, f"peak memory at most 1.5 times the file: {peak['bridge'] / size:.2f} times")
    unpacked = truth["bridge"]["unpacked"]
    if unpacked != size:
        share = peak["bridge"] / unpacked
        goal(share <= 1.5, f"the same, of the {unpacked / 1e6:.1f} MB that it unpacks to: {share:.2f} times")


def main():
    from machine import busy, load, machine

    parser = argparse.ArgumentParser(prog="scripts/bench parse")
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bridge", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--readers", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rust-readers", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=5, help="turns of each (readers in Python: half as many); default 5")
    parser.add_argument("--small", action="store_true", help="a tenth of the size, for a quick look")
    parser.add_argument("--format", choices=list(FORMATS), action="append", help="only this format; may come again")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    before = load()
    kinds = arguments.format or list(FORMATS)
    results = {kind: measure(arguments, kind) for kind in kinds}
    print(machine())
    print(busy(before, load()))
    print("Median wall time of whole processes, run in turns, the file in the system's memory beforehand.")
    print("Peak memory of a floor is that of the process which starts all of them.")
    for kind, result in results.items():
        report(kind, *result)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--launch"]:
        launch()
    else:
        sys.path.insert(0, str(HERE))
        main()

"""Measures reading: the bridge, its floor and other readers, in turns, each a whole process.

parse.py --folder CACHE --bench BINARY --bridge BINARY --readers PYTHON [--runs N] [--small]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent

# Format: file name, records, records a day, what a record is, other readers.
FORMATS = {
    "coda": ("coda.cod", 200_000, 1_000, "movements", ["pycoda"]),
    "camt": ("camt.xml", 100_000, 1_000, "entries", ["ofxstatement_iso20022", "bankstatementparser"]),
}
FLOORS = {
    "coda": "floor: cut the bytes into lines (memchr), add up the amounts of records 2.1",
    "camt": "floor: read all events with quick-xml, look at none",
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


def made(arguments, kind, small):
    """The file of that format, made once for each version of what makes it, and its true count and sum."""
    name, records, per_day, _, _ = FORMATS[kind]
    records //= 10 if small else 1
    path = arguments.folder / f"{records}-{name}"
    truth = path.with_suffix(".json")
    if not truth.exists():
        print(f"==> making {path.name}", file=sys.stderr)
        told = subprocess.run(
            [arguments.bench, "make", kind, "0", str(records), str(per_day), path], stdout=subprocess.PIPE, check=True
        )
        truth.write_bytes(told.stdout)
    return path, json.loads(truth.read_text())


def measure(arguments, kind):
    path, truth = made(arguments, kind, arguments.small)
    others = FORMATS[kind][4]
    commands = {
        "bridge": [arguments.bench, "bridge", path],
        "json": [arguments.bridge, "parse", "--json", path],
        "floor": [arguments.bench, "floor", kind, path],
        **{other: [arguments.readers, HERE / "readers.py", other, path] for other in others},
    }
    # Once into the memory of the system, for all alike.
    with path.open("rb") as file:
        while file.read(1 << 20):
            pass
    runs = {name: [] for name in commands}
    answer = arguments.folder / "answer.json"
    for turn in range(arguments.runs):
        for name, command in commands.items():
            # The slow ones tell enough in half the turns.
            if name in others and turn % 2:
                continue
            print(f"==> {kind} {turn + 1}/{arguments.runs}: {name}", file=sys.stderr)
            output = "/dev/null" if name == "json" else str(answer)
            runs[name].append(measured([str(part) for part in command], output))
            if name != "json":
                check(kind, name, json.loads(answer.read_text()), truth)
    return path.stat().st_size, truth, runs


def check(kind, name, answer, truth):
    """Whoever leaves something out is no measure."""
    if kind == "camt" and name == "floor":
        return
    if (answer["records"], answer["sum"]) != (truth["records"], truth["sum"]):
        sys.exit(f"error: {name} read {answer}, the file holds {truth}")


def report(kind, size, truth, runs):
    from machine import goal, spread, table

    _, _, _, noun, others = FORMATS[kind]
    records = truth["records"]
    median = {name: statistics.median(run["seconds"] for run in of) for name, of in runs.items()}
    processor = {name: statistics.median(run["processor"] for run in of) for name, of in runs.items()}
    peak = {name: max(run["peak"] for run in of) for name, of in runs.items()}
    fastest = min(others, key=median.get)
    words = {
        "bridge": "bridge: statements with identities, all checks",
        "json": "bridge: `parse --json`, written to /dev/null",
        "floor": FLOORS[kind],
        **{other: other.replace("_", "-") for other in others},
    }
    print(f"\n{kind.upper()}: {size / 1e6:.1f} MB, {records:,} {noun}; all readers gave all of them and the right sum")
    head = ["", "runs", "seconds (least–most)", "CPU s", "MB/s", f"{noun}/s", "peak MB", "× floor", "× fastest other"]
    table(
        head,
        [
            [
                words[name],
                str(len(of)),
                spread([run["seconds"] for run in of], 3),
                f"{processor[name]:.3f}",
                f"{size / 1e6 / median[name]:,.0f}" if median[name] < 2 else f"{size / 1e6 / median[name]:,.1f}",
                f"{records / median[name]:,.0f}",
                f"{peak[name] / 1e6:.0f}",
                f"{median['floor'] / median[name]:.3f}",
                f"{median[fastest] / median[name]:.2f}",
            ]
            for name, of in runs.items()
        ],
    )
    share, times = median["floor"] / median["bridge"], median[fastest] / median["bridge"]
    by_processor = processor["floor"] / processor["bridge"]
    times_by_processor = processor[fastest] / processor["bridge"]
    name = fastest.replace("_", "-")
    goal(share >= 0.5, f"at least half the speed of the floor: {share:.2f} (by CPU time {by_processor:.2f})")
    goal(times >= 20, f"at least 20 times {name}: {times:.1f} times (by CPU time {times_by_processor:.1f})")
    goal(peak["bridge"] <= 1.5 * size, f"peak memory at most 1.5 times the file: {peak['bridge'] / size:.2f} times")


def main():
    from machine import load, machine

    parser = argparse.ArgumentParser(prog="scripts/bench parse")
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bridge", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--readers", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=5, help="turns of each (other readers: half as many); default 5")
    parser.add_argument("--small", action="store_true", help="a tenth of the size, for a quick look")
    parser.add_argument("--format", choices=list(FORMATS), help="only this format")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    before = load()
    kinds = [arguments.format] if arguments.format else list(FORMATS)
    results = {kind: measure(arguments, kind) for kind in kinds}
    print(machine())
    print(f"load before {before}, after {load()}")
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

"""Measures lines into a real Odoo 19: the bridge's import over /json/2, beside Odoo's own create() in its shell.

push.py --folder CACHE --bench BINARY --bridge BINARY --odoo SCRIPT [--pairs N] [--lines N] [--format coda|camt]

Each measurement has a database of its own, fresh from the prepared one, and twenty lines before it to warm up. The
two alternate, and each create() run takes the batches that the import before it really took.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from machine import goal, load, machine, spread, table
from recorder import Recorder

HERE = Path(__file__).resolve().parent
WARM, PER_DAY = 20, 100
ENDINGS = {"coda": "cod", "camt": "xml"}
# What a server of Odoo writes about a call: time in the database, time outside of it.
CALL = re.compile(r'"POST /json/2/bank\.bridge\.import/bridge_(\w+) HTTP/1\.1" 200 - \d+ ([\d.]+) ([\d.]+)')


class Odoo:
    """The databases of this benchmark, by scripts/odoo."""

    def __init__(self, script):
        self.script = script
        self.database = f"bench_{os.getpid()}"

    def run(self, command, *arguments, given=None):
        done = subprocess.run(
            [self.script, command, self.database, *arguments], input=given, stdout=subprocess.PIPE, text=True
        )
        if done.returncode:
            sys.exit(f"error: scripts/odoo {command} failed")
        return done.stdout

    def fresh(self):
        """A new database; login and API key for it."""
        self.drop()
        self.run("db", "--addon")
        return self.shell("push_setup.py", {"account": self.account})

    def drop(self):
        self.run("dropdb")

    def start(self):
        # Cron would only disturb.
        said = self.run("start", "--cron", "0")
        return dict(line.split("=", 1) for line in said.splitlines())

    def shell(self, script, given):
        text = f"import json\nGIVEN = json.loads({json.dumps(json.dumps(given))})\n{(HERE / script).read_text()}"
        for line in self.run("shell", given=text).splitlines():
            if line.startswith("RESULT "):
                return json.loads(line.removeprefix("RESULT "))
        sys.exit(f"error: {script} gave no result")


def processor_of(pid):
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def databases_of(odoo):
    """Seconds of processor of PostgreSQL's processes that serve this database, by process."""
    told = odoo.run(
        "sql", "-c", f"SELECT pid FROM pg_stat_activity WHERE datname = '{odoo.database}' AND pid <> pg_backend_pid()"
    )
    return {pid: processor_of(pid) for pid in told.split() if Path(f"/proc/{pid}/stat").exists()}


def bridge(arguments, odoo, url, key, path):
    """One import; its seconds and the processor time of the bridge."""
    environment = {
        **os.environ,
        "BANK_BRIDGE_ODOO_URL": url,
        "BANK_BRIDGE_ODOO_DATABASE": odoo.database,
        "BANK_BRIDGE_ODOO_LOGIN": key["login"],
        "BANK_BRIDGE_ODOO_API_KEY": key["key"],
        "BANK_BRIDGE_ODOO_TRANSPORT": "json2",
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run([arguments.bridge, "import", "--json", path], env=environment, capture_output=True, text=True)
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"error: the import failed ({done.returncode}):\n{done.stderr}")
    counts = json.loads(done.stdout)[0]["counts"]
    if counts["created"] != counts["lines"]:
        sys.exit(f"error: not every line was created: {counts}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def import_run(arguments, odoo, files):
    """A: an import into a fresh database. Its time, batches, and what the server says about each call."""
    key = odoo.fresh()
    server = odoo.start()
    bridge(arguments, odoo, server["URL"], key, files["warm"])
    log = Path(server["LOG"])
    database = databases_of(odoo)
    read, used = log.stat().st_size, processor_of(server["PID"])
    seconds, own = bridge(arguments, odoo, server["URL"], key, files["lines"])
    used = processor_of(server["PID"]) - used
    database = sum(now - database.get(pid, 0.0) for pid, now in databases_of(odoo).items())
    # The line about the last call is written when the answer has gone.
    time.sleep(0.5)
    said = log.read_bytes()[read:].decode(errors="replace")
    calls = [(name, float(queried) + float(rest)) for name, queried, rest in CALL.findall(said)]
    # Lines of one transaction have one time of creation; the first one is the warm-up's.
    told = odoo.run(
        "sql", "-c", "SELECT count(*) FROM account_bank_statement_line GROUP BY create_date ORDER BY create_date"
    )
    sizes = [int(line) for line in told.split()][1:]
    pushes = sum(name == "push" for name, _ in calls)
    if sum(sizes) != arguments.lines or (pushes and pushes != len(sizes)):
        sys.exit(f"error: {sizes} are not the batches of {arguments.lines} lines in {pushes} calls")
    odoo.run("stop")
    return {
        "seconds": seconds,
        "processor": used + own,
        "own": own,
        "database": database,
        "sizes": sizes,
        "calls": calls,
    }


def create_run(odoo, lines, sizes):
    """B: the same lines by create() in a shell, in the same batches."""
    odoo.fresh()
    result = odoo.shell("push_create.py", {**lines, "sizes": sizes})
    return {"seconds": sum(result["seconds"]), "processor": result["processor"], "database": result["database"]}


def record(arguments, odoo, files):
    """One import that is not timed: its calls, the lines of its warm-up and of the rest."""
    key = odoo.fresh()
    server = odoo.start()
    with Recorder(server["URL"]) as recorder:
        bridge(arguments, odoo, recorder.url, key, files["warm"])
        warm = len(recorder.calls)
        bridge(arguments, odoo, recorder.url, key, files["lines"])
    odoo.run("stop")

    def pushed(calls):
        return [line for method, given in calls if method == "bridge_push" for line in given["lines"]]

    return recorder.calls, {"warm": pushed(recorder.calls[:warm]), "lines": pushed(recorder.calls[warm:])}


def made(arguments, odoo):
    """The two files, one after the other in the life of one account."""
    files = {}
    for name, first, count in (("warm", 0, WARM), ("lines", WARM, arguments.lines)):
        files[name] = arguments.folder / f"{name}-{first}-{count}.{ENDINGS[arguments.format]}"
        told = subprocess.run(
            [arguments.bench, "make", arguments.format, str(first), str(count), str(PER_DAY), files[name]],
            stdout=subprocess.PIPE,
            check=True,
        )
        odoo.account = json.loads(told.stdout)["account"]
    return files


def report(arguments, before, pairs, parts):
    imports, creates = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    print(machine())
    print(
        f"load before {before}, after {load()}; {arguments.lines:,} lines in one {arguments.format.upper()} file, "
        f"{PER_DAY} a booking day; Odoo 19 with workers=0, /json/2"
    )
    for run in imports:
        print(f"batches of an import, and of the create() after it: {', '.join(map(str, run['sizes']))}")
    print()
    rows = [
        [
            words,
            str(len(runs)),
            spread([run["seconds"] for run in runs], 2),
            spread([run["processor"] for run in runs], 2),
            spread([run["database"] for run in runs], 2),
            f"{arguments.lines / statistics.median(run['seconds'] for run in runs):,.0f}",
        ]
        for words, runs in (
            ("bridge: `import`, the whole command", imports),
            ("create() in an Odoo shell, a commit a batch", creates),
        )
    ]
    table(["", "runs", "seconds (least–most)", "CPU s of Odoo (and bridge)", "CPU s of PostgreSQL", "lines/s"], rows)
    wall = statistics.median(a["seconds"] / b["seconds"] for a, b in pairs)
    used = [[run["processor"] + run["database"] for run in pair] for pair in pairs]
    processor = statistics.median(a / b for a, b in used)
    each = ", ".join(f"{100 * (a['seconds'] / b['seconds'] - 1):+.1f} %" for a, b in pairs)
    goal(
        wall <= 1.05,
        f"at most 5 % slower: {100 * (wall - 1):+.1f} % as the median of the pairs ({each}); "
        f"by CPU time {100 * (processor - 1):+.1f} %",
    )

    print(f"  Of that, the bridge itself used {statistics.median(run['own'] for run in imports):.2f} s of CPU.")
    print("\nWhere the time of an import goes: medians of the imports above")
    total = statistics.median(run["seconds"] for run in imports)
    rows = []
    for name in dict.fromkeys(name for run in imports for name, _ in run["calls"]):
        of_each = [[took for called, took in run["calls"] if called == name] for run in imports]
        median = statistics.median(map(sum, of_each))
        rows.append([f"Odoo, bridge_{name}", str(len(of_each[-1])), f"{median:.3f}", f"{100 * median / total:.1f} %"])
    outside = statistics.median(run["seconds"] - sum(took for _, took in run["calls"]) for run in imports)
    words = "outside Odoo: the bridge, HTTP, starting the process"
    rows.append([words, "", f"{outside:.3f}", f"{100 * outside / total:.1f} %"])
    table(["", "calls", "seconds", "share"], rows)
    print("\nWhat the addon does: the same calls once more, in an Odoo shell with a clock around each part")
    whole = sum(parts.values())
    parts = sorted(parts.items(), key=lambda part: -part[1])
    table(["", "seconds", "share"], [[name, f"{took:.3f}", f"{100 * took / whole:.1f} %"] for name, took in parts])


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench push")
    parser.add_argument("--folder", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--bridge", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--odoo", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=int, default=3, help="measurements of each; default 3")
    parser.add_argument("--lines", type=int, default=2_000, help="lines of an import; default 2000")
    parser.add_argument("--format", choices=list(ENDINGS), default="coda", help="format of the file; default coda")
    arguments = parser.parse_args()
    if arguments.pairs < 1 or arguments.lines < 1:
        parser.error("--pairs and --lines must be at least 1")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    odoo = Odoo(arguments.odoo)
    files = made(arguments, odoo)
    before = load()
    try:
        print("==> an import that is not timed, to see its calls", file=sys.stderr)
        calls, lines = record(arguments, odoo, files)
        pairs = []
        for pair in range(arguments.pairs):
            print(f"==> pair {pair + 1}/{arguments.pairs}: import", file=sys.stderr)
            imported = import_run(arguments, odoo, files)
            print(f"==> pair {pair + 1}/{arguments.pairs}: create()", file=sys.stderr)
            pairs.append((imported, create_run(odoo, lines, imported["sizes"])))
        print("==> the parts of an import", file=sys.stderr)
        odoo.fresh()
        parts = odoo.shell("push_parts.py", {"calls": calls})
    finally:
        odoo.drop()
    report(arguments, before, pairs, parts)


if __name__ == "__main__":
    main()

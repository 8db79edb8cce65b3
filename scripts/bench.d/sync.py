"""Many online connections at once: how long, how much CPU and memory of the bridge, and how both grow."""

import argparse
import json
import subprocess

from machine import machine

GOAL_CPU_MS, GOAL_PEAK_MB = 5, 100

parser = argparse.ArgumentParser(prog="scripts/bench sync")
parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
parser.add_argument("--bridge", required=True, help=argparse.SUPPRESS)
parser.add_argument("--connections", type=int, nargs="+", default=[100, 1_000, 10_000])
given = parser.parse_args()

print(machine())
print("each connection: 50 new transactions; every answer of the provider takes 200 ms; Odoo is simulated\n")
print(f"{'connections':>12}{'wall s':>10}{'CPU ms each':>13}{'peak MB':>9}{'all accepted s':>16}{'slowest answer ms':>19}")
rows = []
for size in given.connections:
    told = subprocess.run([given.bench, given.bridge, str(size)], check=True, capture_output=True, text=True)
    row = json.loads(told.stdout)
    rows.append(row)
    print(
        f"{row['connections']:>12}{row['wall_seconds']:>10.1f}{row['cpu_ms_each']:>13.2f}{row['peak_mb']:>9.1f}"
        f"{row['accepted_seconds']:>16.2f}{row['slowest_answer_ms']:>19.1f}",
        flush=True,
    )
worst = max(row["cpu_ms_each"] for row in rows)
peak = max(row["peak_mb"] for row in rows)
print(f"\nCPU: {worst:.2f} ms a connection at the most, goal under {GOAL_CPU_MS}: {'met' if worst < GOAL_CPU_MS else 'missed'}")
print(f"memory: {peak:.1f} MB at the most, goal under {GOAL_PEAK_MB}: {'met' if peak < GOAL_PEAK_MB else 'missed'}")

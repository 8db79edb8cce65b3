"""What both benchmarks say the same way: the machine, tables, medians."""

import os
import platform
import statistics
import subprocess


def machine():
    """One paragraph about where this is measured."""
    model = next(
        (line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return (
        f"{len(os.sched_getaffinity(0))} cores ({model}), {memory / 2**20:.0f} GiB memory, "
        f"Linux {platform.release()}, {rustc}, release build"
    )


def load():
    """How busy the machine is: runnable processes on the average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


def table(head, rows):
    """Columns as wide as they must be; the first to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [cell.rjust(width) for cell, width in zip(row, widths)]
        cells[0] = row[0].ljust(widths[0])
        print("  " + "  ".join(cells).rstrip())


def spread(values, digits):
    """Median (least to most)."""
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def goal(met, text):
    """A goal and whether it is met."""
    print(f"  {'met' if met else 'NOT MET':8}{text}")

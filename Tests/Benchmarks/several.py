#!/usr/bin/env python3
"""What it costs to load several snapshots and to compare them: two of one process, and a fleet of a hundred.

CPU seconds are what to go by on a shared machine; the bars are of wall time on two free cores, so beside it stands what
the CPU time would take there.
"""
import argparse, os, shutil, statistics, subprocess, sys, time

parser = argparse.ArgumentParser()
parser.add_argument("--retinue", required=True)
parser.add_argument("--base", required=True)
parser.add_argument("--main", required=True)
parser.add_argument("--folder", required=True, help="where the fleet's files are linked")
parser.add_argument("--instances", type=int, default=100)
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()


def run(argv):
    """CPU seconds, wall seconds and peak resident MB of a fresh process."""
    began = time.monotonic()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{argv}: status {status}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, usage.ru_maxrss / 1024


def row(name, bar, rounds, argv):
    cpu, wall, peak = (statistics.median(column) for column in zip(*(run(argv) for _ in range(rounds))))
    print(f"{name:34}{cpu:9.2f}{cpu / 2:9.2f}{wall:9.2f}{bar:9.2f}{peak:9.0f}")


def fleet():
    """Half of the instances as they should be, half that have leaked, as links to the two files."""
    shutil.rmtree(options.folder, ignore_errors=True)
    for name, file in (("base", options.base), ("main", options.main)):
        os.makedirs(f"{options.folder}/{name}")
        for index in range(options.instances // 2):
            os.symlink(os.path.abspath(file), f"{options.folder}/{name}/{index:03}.heapsnapshot")


sizes = [os.path.getsize(file) / 1e6 for file in (options.base, options.main)]
print(f"\nseveral snapshots of {sizes[0]:.1f} and {sizes[1]:.1f} MB")
print(f"{'':34}{'CPU s':>9}{'of two':>9}{'wall s':>9}{'bar s':>9}{'peak MB':>9}")
row("two loaded and compared", 0.6, options.rounds, [options.retinue, "compare", options.base, options.main])
fleet()
row(f"{options.instances} compared as a fleet", 15, 1,
    [options.retinue, "compare", "--base", f"{options.folder}/base", "--main", f"{options.folder}/main"])

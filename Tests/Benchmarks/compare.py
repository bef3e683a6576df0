#!/usr/bin/env python3
"""Runs DevTools' worker, ours and JSON.parse on one file in turns and prints CPU, wall and peak memory with ratios.

Refuses to print a ratio unless our digests of dominators, retained sizes, distances and self sizes equal DevTools'.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, time

parser = argparse.ArgumentParser()
for name in ("file", "retinue", "node", "bench", "devtools"):
    parser.add_argument("--" + name, required=True)
parser.add_argument("--rounds", type=int, default=5)
options = parser.parse_args()


def run(argv):
    """Standard output, CPU seconds, wall seconds and peak resident MB of a fresh process."""
    with tempfile.TemporaryFile() as out:
        began = time.monotonic()
        process = subprocess.Popen(argv, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        if status:
            sys.exit(f"{argv}: status {status}")
        out.seek(0)
        return out.read(), usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024


def digests():
    ours = json.loads(run([options.retinue, "analyze", options.file, "--json", "--digests"])[0])["digests"]
    theirs = json.loads(run([options.node, "--max-old-space-size=16000", f"{options.bench}/dt-oracle.mjs",
                             options.devtools, options.file])[0])["digests"]
    pairs = (("selfSizes", "self_sizes_u32"), ("dominators", "dominators_u32"),
             ("retainedSizes", "retained_sizes_f64"), ("distances", "distances_i32"))
    for mine, other in pairs:
        match = theirs.get(other) or next(v for k, v in theirs.items() if k.startswith(other.split("_")[0]))
        if ours[mine]["sha256"] != match["sha256"]:
            sys.exit(f"{options.file}: {mine} differ from DevTools': no figure is worth anything")


digests()
commands = {
    "DevTools' worker": [options.node, "--max-old-space-size=16000", f"{options.bench}/dt-bench.mjs", options.devtools, options.file],
    "retinue analyze": [options.retinue, "analyze", options.file, "--json"],
    "JSON.parse": [options.node, "--max-old-space-size=16000", "-e",
                   "JSON.parse(require('fs').readFileSync(process.argv[1],'latin1'))", options.file],
}
rounds = {name: [] for name in commands}
WARM = 8   # further files in one process, each in the memory of the one before, as in the collector; many, since noise is shared by them
warm = []
for _ in range(options.rounds):
    several = run([options.retinue, "analyze"] + [options.file] * (1 + WARM))[1]
    alone = run([options.retinue, "analyze", options.file])[1]
    warm.append((several - alone) / WARM)
    for name, argv in commands.items():
        try:
            rounds[name].append(run(argv)[1:])
        except SystemExit:
            if name != "JSON.parse":   # a file of 512 MB and more does not fit into one JS string
                raise
size = os.path.getsize(options.file)
print(f"\n{os.path.basename(options.file)}, {size / 1e6:.1f} MB, {options.rounds} rounds in turns, digests equal")
print(f"{'':20}{'CPU s':>9}{'wall s':>9}{'peak MB':>9}{'B/byte':>9}{'CPU ratio':>11}")
reference = [r[0] for r in rounds["DevTools' worker"]]
for name, results in rounds.items():
    if not results:
        continue
    cpu, wall, peak = (statistics.median(column) for column in zip(*results))
    ratio = statistics.median(theirs / ours[0] for theirs, ours in zip(reference, results))
    print(f"{name:20}{cpu:9.2f}{wall:9.2f}{peak:9.0f}{peak * 1048576 / size:9.2f}{ratio:11.1f}")
cpu = statistics.median(warm)
ratio = statistics.median(theirs / ours for theirs, ours in zip(reference, warm))
references = json.loads(run([options.retinue, "analyze", options.file, "--json"])[0])["edgeCount"]
print(f"{'retinue, warm':20}{cpu:9.2f}{'':27}{ratio:11.1f}   {cpu / references * 1e9:.0f} ns a reference")

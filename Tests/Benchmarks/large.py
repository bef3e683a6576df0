#!/usr/bin/env python3
"""A heap of 2 GB and 25 million objects: a snapshot repeated below one root, which must have each class as often as that.

Prints memory for each byte of the file, and what a reference costs against the single snapshot and a small one.
"""
import argparse, json, os, statistics, subprocess, sys, tempfile

parser = argparse.ArgumentParser()
for name in ("retinue", "small", "single", "large"):
    parser.add_argument("--" + name, required=True)
parser.add_argument("--times", type=int, required=True)
parser.add_argument("--rounds", type=int, default=3)
options = parser.parse_args()


def analyze(file):
    """The JSON, CPU seconds and peak resident bytes."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([options.retinue, "analyze", file, "--json"], stdout=out)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{file}: status {status}")
        out.seek(0)
        return json.load(out), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def classes(answer):
    return {row["key"]: (row["name"], row["count"], row["selfSize"]) for row in answer["classes"]}


files = {"small": options.small, "single": options.single, "large": options.large}
answers, cost, peak = {}, {name: [] for name in files}, {}
for _ in range(options.rounds):
    for name, file in files.items():
        answers[name], seconds, peak[name] = analyze(file)
        cost[name].append(seconds / answers[name]["edgeCount"] * 1e9)

single, large = classes(answers["single"]), classes(answers["large"])
expected = {key: (name, count * options.times, size * options.times) for key, (name, count, size) in single.items()}
if large != expected:
    wrong = [row for key, row in large.items() if expected.get(key) != row] + [key for key in expected if key not in large]
    sys.exit(f"{options.large}: {len(wrong)} classes are not {options.times} times those of {options.single}: {wrong[:3]}")

print(f"\n{'':12}{'MB':>9}{'objects':>13}{'references':>13}{'B/byte':>9}{'ns/ref':>9}{'growth':>9}")
base = statistics.median(cost["small"])
for name, file in files.items():
    size, answer, each = os.path.getsize(file), answers[name], statistics.median(cost[name])
    print(f"{name:12}{size / 1e6:9.1f}{answer['nodeCount']:13,}{answer['edgeCount']:13,}{peak[name] / size:9.2f}{each:9.0f}{each / base:9.2f}")

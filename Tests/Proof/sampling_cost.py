#!/usr/bin/env python3
"""What sampling and metrics cost a program: sampling_cost.py [--pairs 8] [--seconds 60] [--runtimes …] [--parts sampling,metrics]

sampling: CPU of a fixed, allocation-heavy piece of work with a sampler at 128 KB and without, in turns
(without, with, with, without); the median of the ratios. metrics: CPU that a program takes while it is read
every 10 s, against while it is not, as a share of a core: what it has left for its own work.
"""
import argparse, statistics
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--pairs", type=int, default=8)
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--runtimes", default=",".join(runtimes()))
parser.add_argument("--parts", default="sampling,metrics")
options = parser.parse_args()
table = Table()
parts = options.parts.split(",")
chosen = [r for r in options.runtimes.split(",") if r in runtimes()]


def sampling(runtime):
    with Fleet(interval="1h") as fleet:
        program = fleet.start(runtime, PROGRAMS / "busy.mjs")
        program.expect("READY", 60)
        target = fleet.target(program, seconds=60)["id"]

        def round():
            seen = len(program.lines)
            program.say("measure")
            return float(program.expect("ROUND", 120, since=seen).split()[1])

        def sampled():
            """A round that lies wholly inside a window: one that outlasted it is measured again."""
            for seconds in (10, 30, 60):
                window = threading.Thread(target=fleet.cli, args=(
                    "profile", "--target", target, "--duration", f"{seconds}s", "--interval", "128KiB", "--json"))
                window.start()
                time.sleep(1)
                cost = round()
                inside = window.is_alive()
                window.join()
                if inside:
                    return cost
            raise Missed("no round was short enough for a window")

        round()
        ratios = []
        for _ in range(options.pairs):
            before, first, second, after = round(), sampled(), sampled(), round()
            ratios.append((before + after) / (first + second))
        middle = statistics.median(ratios)
        return f"{middle:.3f} of {[f'{r:.2f}' for r in ratios]}", middle >= 0.95


def nanoseconds(program):
    """CPU time of all threads of a program, as the scheduler counts it."""
    total = 0
    for task in os.listdir(f"/proc/{program.pid}/task"):
        with contextlib.suppress(FileNotFoundError):
            total += int(open(f"/proc/{program.pid}/task/{task}/schedstat").read().split()[0])
    return total


def metrics(runtime):
    """Two programs that do the same little, of which one is read; twice, with other processes."""
    shares = []
    for _ in range(2):
        with Fleet(interval="10s") as fleet:
            read = fleet.start(runtime, PROGRAMS / "heap.mjs", 100)
            alone = fleet.start(runtime, PROGRAMS / "heap.mjs", 100, inspect=False)
            read.expect("READY", 60), alone.expect("READY", 60)
            fleet.target(read, seconds=60)
            time.sleep(12)
            before, since = (nanoseconds(read), nanoseconds(alone)), time.monotonic()
            time.sleep(options.seconds)
            took = (time.monotonic() - since) * 1e9
            shares.append(((nanoseconds(read) - before[0]) - (nanoseconds(alone) - before[1])) / took)
    left = 1 - statistics.mean(shares)
    return f"{left:.4f} (extra CPU {[f'{s:.3%}' for s in shares]} of a core)", left >= 0.995


for runtime in chosen:
    if "sampling" in parts and runtime != "bun":
        table.attempt(f"{runtime}, sampling at 128 KB", ">= 0.95", lambda: sampling(runtime))
    if "metrics" in parts:
        table.attempt(f"{runtime}, metrics every 10 s", ">= 0.995", lambda: metrics(runtime))
table.exit()

#!/usr/bin/env python3
"""What sampling and metrics cost a program: sampling_cost.py [--pairs 8] [--seconds 60] [--runtimes …] [--parts sampling,metrics]

sampling: CPU of a fixed, allocation-heavy piece of work with a sampler at 128 KB and without, in turns
(without, with, with, without); the median of the ratios. metrics: CPU that a program takes while it is read
every 10 s, against while it is not, as a share of a core: what it has left for its own work.

Of a page and of a worker the CPU of its engine's processes is read from outside.
"""
import argparse, statistics
from subjects import *

parser = argparse.ArgumentParser()
parser.add_argument("--pairs", type=int, default=8)
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--runtimes", default=",".join(["scripts", "workerd", *NAMES]))
parser.add_argument("--parts", default="sampling,metrics")
options = parser.parse_args()
table = Table()
parts = options.parts.split(",")
orders = Orders()


class Script:
    """A program that measures its own work when it is told to."""

    def __init__(self, fleet, runtime):
        self.program = fleet.start(runtime, PROGRAMS / "busy.mjs")
        self.program.expect("READY", 60)
        self.id = fleet.target(self.program, seconds=60)["id"]

    def round(self):
        seen = len(self.program.lines)
        self.program.say("measure")
        return float(self.program.expect("ROUND", 120, since=seen).split()[1])


class Other:
    """A page or a worker that does the same work, measured from outside."""

    def __init__(self, fleet, kind):
        self.subject = subject = Subject(fleet, kind, orders, kind)
        until(f"{kind} runs", 60, subject.is_ready, every=0.3)
        self.id = until(f"{kind} attached", 60, lambda: subject.row(fleet.cli("targets", "--json")), every=0.3)["id"]

    def round(self):
        began, done = self.subject.nanoseconds(engine_only=True), self.subject.done()
        self.subject.order("work 20")
        until("the work", 120, lambda: self.subject.done() > done, every=0.02)
        return (self.subject.nanoseconds(engine_only=True) - began) / 1e6


def sampling(runtime):
    with Fleet(interval="1h") as fleet:
        program = (Script if runtime in runtimes() else Other)(fleet, runtime)
        target, round = program.id, program.round

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
        if isinstance(program, Other):
            program.subject.end()
        middle = statistics.median(ratios)
        return f"{middle:.3f} of {[f'{r:.2f}' for r in ratios]}", middle >= 0.95


def nanoseconds(program):
    """CPU time of all threads of a program, as the scheduler counts it."""
    total = 0
    for task in os.listdir(f"/proc/{program.pid}/task"):
        with contextlib.suppress(FileNotFoundError):
            total += int(open(f"/proc/{program.pid}/task/{task}/schedstat").read().split()[0])
    return total


def pair(fleet, runtime):
    """What tells the CPU time of a program that is read, and of its like that is not."""
    if runtime in runtimes():
        read = fleet.start(runtime, PROGRAMS / "heap.mjs", 100)
        alone = fleet.start(runtime, PROGRAMS / "heap.mjs", 100, inspect=False)
        read.expect("READY", 60), alone.expect("READY", 60)
        fleet.target(read, seconds=60)
        return lambda: nanoseconds(read), lambda: nanoseconds(alone)
    read, alone = (Subject(fleet, runtime, orders, f"{runtime}-{name}", 300_000, watched=name == "read")
                   for name in ("read", "alone"))
    until("both run", 60, lambda: read.is_ready() and alone.is_ready(), every=0.3)
    until(f"{runtime} attached", 60, lambda: read.row(fleet.cli("targets", "--json")), every=0.3)
    return read.nanoseconds, alone.nanoseconds


def metrics(runtime):
    """Two programs that do the same little, of which one is read; twice, with other processes."""
    shares = []
    for _ in range(2):
        with Fleet(interval="10s") as fleet:
            read, alone = pair(fleet, runtime)
            time.sleep(12)
            before, since = (read(), alone()), time.monotonic()
            time.sleep(options.seconds)
            took = (time.monotonic() - since) * 1e9
            shares.append(((read() - before[0]) - (alone() - before[1])) / took)
            for subject in STARTED:
                subject.end()
    left = 1 - statistics.mean(shares)
    return f"{left:.4f} (extra CPU {[f'{s:.3%}' for s in shares]} of a core)", left >= 0.995


for runtime in chosen(options.runtimes):
    # JavaScriptCore has no such profiler.
    if "sampling" in parts and runtime not in ("bun", "webkitgtk"):
        table.attempt(f"{runtime}, sampling at 128 KB", ">= 0.95", lambda: sampling(runtime))
    if "metrics" in parts:
        table.attempt(f"{runtime}, metrics every 10 s", ">= 0.995", lambda: metrics(runtime))
table.exit()

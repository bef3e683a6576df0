#!/usr/bin/env python3
"""What sampling and metrics cost a program: sampling_cost.py [--pairs 8] [--seconds 60] [--runtimes …] [--parts sampling,metrics]

sampling: CPU of a fixed, allocation-heavy piece of work that two programs do at the same time, one with a sampler
at 128 KB and one without, then the other way round; the median of the ratios. metrics: CPU that a program takes while it is read
every 10 s, against while it is not, as a share of a core: what it has left for its own work.

Of a page and of a worker the CPU of its engine's processes is read from outside.
"""
import argparse, concurrent.futures, math, statistics
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

    def __init__(self, fleet, runtime, name):
        self.program = fleet.start(runtime, PROGRAMS / "busy.mjs")
        self.program.expect("READY", 60)
        self.id = fleet.target(self.program, seconds=60)["id"]

    def round(self):
        seen = len(self.program.lines)
        self.program.say("measure")
        return float(self.program.expect("ROUND", 120, since=seen).split()[1])

    def end(self):
        """The fleet ends it."""


class Other:
    """A page or a worker that does the same work, measured from outside."""

    def __init__(self, fleet, kind, name):
        self.subject = subject = Subject(fleet, kind, orders, f"{kind}-{name}")
        until(f"{kind} runs", 60, subject.is_ready, every=0.3)
        self.id = until(f"{kind} attached", 60, lambda: subject.row(fleet.cli("targets", "--json")), every=0.3)["id"]

    def round(self):
        began, done = self.subject.nanoseconds(engine_only=True), self.subject.done()
        self.subject.order("work 20")
        until("the work", 120, lambda: self.subject.done() > done, every=0.02)
        return (self.subject.nanoseconds(engine_only=True) - began) / 1e6

    def end(self):
        self.subject.end()


def at_once(*works):
    """What each of them answers, all begun together."""
    with concurrent.futures.ThreadPoolExecutor(len(works)) as pool:
        return [done.result() for done in [pool.submit(work) for work in works]]


def sampling(runtime):
    with Fleet(interval="1h") as fleet:
        programs = [(Script if runtime in runtimes() else Other)(fleet, runtime, name) for name in ("a", "b")]

        def gain(sampled, alone):
            """How much more work the one that nobody samples needs, in a window on the other."""
            for seconds in (5, 10, 30, 60):
                window = threading.Thread(target=fleet.cli, args=(
                    "profile", "--target", sampled.id, "--duration", f"{seconds}s", "--interval", "128KiB", "--json"))
                began = time.monotonic()
                window.start()
                time.sleep(1)
                with_it, without = at_once(sampled.round, alone.round)
                # A round that outlasted its window is measured again, in a longer one.
                inside = window.is_alive() and time.monotonic() - began < seconds
                window.join()
                if inside:
                    return without / with_it
            raise Missed("no round was short enough for a window")

        at_once(*(program.round for program in programs))
        first, second = programs
        ratios = []
        for _ in range(options.pairs):
            # Neither of the two is quicker by itself after that, and what the machine does to one it does to both.
            ratios.append(math.sqrt(gain(first, second) * gain(second, first)))
        for program in programs:
            program.end()
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

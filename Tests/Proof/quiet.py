#!/usr/bin/env python3
"""Lines that a runtime prints because of us, over a long watch: quiet.py [--minutes 1] [--runtimes …]

Of browsers and workers, which print by themselves, what a twin that nobody watches prints as well is left out.

The agent stays; the collector is killed and started again several times, heaps are collected, sampled and
captured. What a session costs is printed when it begins and when it ends, so a day costs what minutes do. It is read once
a second, ten times as often as by default; the other hours of a day are not waited for.
"""
import argparse, collections, re
from subjects import *

parser = argparse.ArgumentParser()
parser.add_argument("--minutes", type=float, default=1)
parser.add_argument("--runtimes", default=",".join(["scripts", "workerd", "wrangler", *NAMES]))
options = parser.parse_args()
table = Table()
orders = Orders()

# What an inspector says when it opens, whether anybody connects or not.
AT_START = ("Debugger listening on", "For help, see:", "Visit chrome://inspect")


class Script:
    def __init__(self, fleet, runtime):
        self.fleet, self.program = fleet, fleet.start(runtime, PROGRAMS / "heap.mjs", 5)
        self.program.expect("READY")
        self.row = fleet.target(self.program, seconds=60)

    def ours(self):
        errors = self.program.errors
        # Node says where help is when it opens, and once more when a session ends: that one is ours.
        return [line for line in errors if line.strip() and not line.startswith(AT_START)] + \
            [line for line in errors if line.startswith("For help")][1:]


class Other:
    def __init__(self, fleet, kind):
        self.watched, self.alone = (Subject(fleet, kind, orders, f"{kind}-{name}", watched=name == "watched")
                                    for name in ("watched", "alone"))
        until(f"both {kind} run", 90, lambda: self.watched.is_ready() and self.alone.is_ready(), every=0.3)
        self.row = until(f"{kind} watched", 90, lambda: self.watched.row(fleet.cli("targets", "--json")), every=0.3)

    def ours(self):
        def shapes(subject):
            lines = [line for line in subject.program.lines + subject.program.errors if line.strip()]
            # Numbers, addresses and times differ from one run to the next; its own name, too.
            return [(re.sub(r"[0-9a-fA-F]*\d[0-9a-fA-F]*", "#", line.replace(subject.name, "")), line) for line in lines]
        own = collections.Counter(shape for shape, _ in shapes(self.alone))
        found = []
        for shape, line in shapes(self.watched):
            own[shape] -= 1
            if own[shape] < 0:
                found.append(line)
        return found


with Fleet(interval="1s") as fleet:
    watched = {kind: (Script if kind in runtimes() else Other)(fleet, kind) for kind in chosen(options.runtimes)}
    end = time.monotonic() + options.minutes * 60
    rounds, done = 0, collections.Counter()
    while time.monotonic() < end or rounds < 2:
        for kind, one in watched.items():
            target, able = one.row["id"], one.row["capabilities"]
            for act, needs in ((("gc",), "forcedCollection"), (("snapshot", "take"), "snapshot"),
                               (("profile", "--duration", "1s"), "sampling")):
                if needs in able:
                    fleet.cli(*act, "--target", target, "--json", check=None)
                    done[kind] += fleet.code == 0
        fleet.collector.process.kill()
        fleet.collector.wait(5)
        time.sleep(2)
        fleet.start_collector()
        until("the agent is back", 60, lambda: fleet.cli("status", "--json", check=None) and
              fleet.cli("status", "--json", check=None)["agents"] == 1, every=0.5)
        rounds += 1
        time.sleep(min(20, max(0, end - time.monotonic())))
    fleet.agent.end(10)
    time.sleep(1)
    for kind, one in watched.items():
        ours = one.ours()
        table.row(f"{kind}, {options.minutes:g} min, {rounds} collectors, gc, samples and snapshots in each ({done[kind]} done)",
                  "<= 3 lines", f"{len(ours)}: {ours}", len(ours) <= 3 and done[kind] > 0)
    for subject in STARTED:
        subject.end()
table.exit()

#!/usr/bin/env python3
"""Lines that a runtime prints because of us, over a long watch: quiet.py [--minutes 1] [--runtimes …]

The agent stays; the collector is killed and started again several times, heaps are collected, sampled and
captured. What a session costs is printed when it begins and when it ends, so a day costs what minutes do. It is read once
a second, ten times as often as by default; the other hours of a day are not waited for.
"""
import argparse
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--minutes", type=float, default=1)
parser.add_argument("--runtimes", default=",".join(runtimes()))
options = parser.parse_args()
table = Table()
chosen = [r for r in options.runtimes.split(",") if r in runtimes()]

# What an inspector says when it opens, whether anybody connects or not.
AT_START = ("Debugger listening on", "For help, see:", "Visit chrome://inspect")


def printed(program):
    return [line for line in program.errors if line.strip() and not line.startswith(AT_START)]


with Fleet(interval="1s") as fleet:
    programs = {runtime: fleet.start(runtime, PROGRAMS / "heap.mjs", 5) for runtime in chosen}
    for program in programs.values():
        program.expect("READY")
    targets = {runtime: fleet.target(program, seconds=60)["id"] for runtime, program in programs.items()}
    end = time.monotonic() + options.minutes * 60
    rounds = 0
    while time.monotonic() < end or rounds < 2:
        for runtime, target in targets.items():
            fleet.cli("gc", "--target", target, "--json")
            fleet.cli("snapshot", "take", "--target", target, "--json")
            if runtime != "bun":
                fleet.cli("profile", "--target", target, "--duration", "1s", "--json")
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
    for runtime, program in programs.items():
        # Node says where help is when it opens, and once more when a session ends: that one is ours.
        ours = printed(program) + [line for line in program.errors if line.startswith("For help")][1:]
        table.row(f"{runtime}, {options.minutes:g} min, {rounds} collectors, gc, samples and snapshots in each",
                  "<= 3 lines", f"{len(ours)}: {ours}", len(ours) <= 3)
table.exit()

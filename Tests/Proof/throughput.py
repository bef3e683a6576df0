#!/usr/bin/env python3
"""Loop throughput after a snapshot outside a series, and when we have left, against before: throughput.py [--rounds 5] [--runtimes …]

Per CPU second of the loop's own process. Several rounds, each with an agent of its own and the loop before it came, after its
snapshot and after it has left; the medians of their ratios. What an allocation costs is the inverse.
"""
import argparse, statistics
from subjects import *

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--runtimes", default="scripts")
options = parser.parse_args()
table = Table()


def told(ratios, bar):
    middle = statistics.median(ratios)
    return f"median {middle:.3f} of {[f'{ratio:.2f}' for ratio in ratios]}", middle >= bar



def rounds(runtime):
    """(before ÷ after the snapshot, before ÷ after the agent has left) of each round."""
    for _ in range(options.rounds):
        with Fleet(agent=False) as fleet:
            program = fleet.start(runtime, PROGRAMS / "loop.mjs")
            program.expect("READY", 60)

            def median():
                seen = len(program.lines)
                program.say("measure")
                return float(program.expect("ROUND", 120, since=seen).split()[1])
            median()
            before = median()
            fleet.start_agent()
            fleet.cli("snapshot", "take", "--target", fleet.target(program, seconds=60)["id"], "--json")
            after = median()
            fleet.agent.end(10)
            yield before / after, before / median()


for runtime in chosen(options.runtimes):
    found = []
    bar = 0.85 if runtime == "bun" else 0.95
    table.attempt(f"{runtime}, after a snapshot", f">= {bar}", lambda: (
        found.extend(rounds(runtime)),
        told([after for after, _ in found], bar))[1])
    if found:
        # An allocation at 1.2 times its cost is 1 / 1.2 of the throughput.
        table.row(f"{runtime}, when we have left", ">= 0.833", *told([left for _, left in found], 1 / 1.2))
table.exit()

#!/usr/bin/env python3
"""Loop throughput after a snapshot outside a series, against before: throughput.py [--rounds 5] [--runtimes …]

Per CPU second of the loop's own process. Several pairs of before and after, the median of their ratios.
"""
import argparse, statistics
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--runtimes", default=",".join(runtimes()))
options = parser.parse_args()
table = Table()

with Fleet() as fleet:
    for runtime in options.runtimes.split(","):
        if runtime not in runtimes():
            continue
        bar = 0.85 if runtime == "bun" else 0.95

        def act():
            ratios = []
            for _ in range(options.rounds):
                program = fleet.start(runtime, PROGRAMS / "loop.mjs")
                program.expect("READY")
                target = fleet.target(program)["id"]

                def median():
                    seen = len(program.lines)
                    program.say("measure")
                    return float(program.expect("ROUND", 120, since=seen).split()[1])
                median()
                before = median()
                fleet.cli("snapshot", "take", "--target", target, "--json")
                after = median()
                program.end()
                ratios.append(before / after)
            return f"median {statistics.median(ratios):.3f} of {[f'{r:.2f}' for r in ratios]}", statistics.median(ratios) >= bar
        table.attempt(runtime, f">= {bar}", act)
table.exit()

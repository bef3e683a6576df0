#!/usr/bin/env python3
"""A graceful exit of an attached process is delayed by less than 250 ms: exits.py [--rounds 20] [--runtimes …]

Ways: SIGTERM handler, natural end, process.exit. The delay is the time to end while attached less the
median time to end of the same program that nobody watches.
"""
import argparse, statistics
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=20)
parser.add_argument("--runtimes", default=",".join(runtimes()))
options = parser.parse_args()
table = Table()


def end(program, way):
    began = time.monotonic()
    if way == "sigterm":
        program.process.send_signal(signal.SIGTERM)
    else:
        program.say("end")
    program.wait(10)
    return time.monotonic() - began


with Fleet() as fleet:
    for runtime in options.runtimes.split(","):
        if runtime not in runtimes():
            continue
        for way in ("sigterm", "natural", "exit"):
            def act():
                alone = []
                for _ in range(3):
                    program = fleet.start(runtime, PROGRAMS / "exits.mjs", way, inspect=False)
                    program.expect("READY")
                    alone.append(end(program, way))
                base = statistics.median(alone)
                # Started together, so that the agent finds them at one time; ended one by one.
                watched = [fleet.start(runtime, PROGRAMS / "exits.mjs", way) for _ in range(options.rounds)]
                for program in watched:
                    program.expect("READY")
                for program in watched:
                    fleet.target(program, seconds=60)
                delays = sorted((end(program, way) - base) * 1000 for program in watched)
                fast = sum(delay < 250 for delay in delays)
                return (f"{fast} of {len(delays)}, median {statistics.median(delays):.0f} ms, worst {delays[-1]:.0f} ms",
                        fast == len(delays))
            table.attempt(f"{runtime} {way}", f"< 250 ms, {options.rounds} of {options.rounds}", act)
table.exit()

#!/usr/bin/env python3
"""Of 1,000 objects printed while attached, none is alive right after detaching: console.py [--runtimes …]"""
import argparse
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(runtimes()))
options = parser.parse_args()
table = Table()

for runtime in options.runtimes.split(","):
    if runtime not in runtimes():
        continue

    def act():
        with Fleet(interval="1s") as fleet:
            program = fleet.start(runtime, PROGRAMS / "console.mjs", 
                                  flags={"bun": (), "deno": ("--v8-flags=--expose-gc",)}.get(runtime, ("--expose-gc",)))
            program.expect("READY")
            fleet.target(program)
            program.say("print")
            program.expect("PRINTED")
            fleet.agent.end(10)          # a clean stop detaches from every target
            program.say("count")
            alive = int(program.expect("ALIVE").split()[1])
            return f"{alive} alive", alive == 0
    table.attempt(runtime, "0", act)
table.exit()

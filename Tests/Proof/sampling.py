#!/usr/bin/env python3
"""The sampling profile has the planted allocating function as its top site: sampling.py [--seconds 10] [--runtimes …]"""
import argparse
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=int, default=10)
parser.add_argument("--runtimes", default=",".join(runtimes()))
options = parser.parse_args()
table = Table()

with Fleet() as fleet:
    for runtime in options.runtimes.split(","):
        if runtime not in runtimes() or runtime == "bun":
            continue

        def act():
            program = fleet.start(runtime, PROGRAMS / "allocate.mjs", service=runtime)
            program.expect("READY")
            target = fleet.target(program)["id"]
            reply = fleet.cli("profile", "--target", target, "--duration", f"{options.seconds}s", "--json")
            top = reply["sites"][0]
            return f"{top['function']} with {top['selfSize']:,} bytes", top["function"] == "plantedAllocator"
        table.attempt(runtime, "plantedAllocator first", act)
table.exit()

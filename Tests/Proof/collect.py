#!/usr/bin/env python3
"""`retinue gc` lowers heap used after a dropped 10^6-element array, live: collect.py [--runtimes …]"""
import argparse
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(runtimes()))
options = parser.parse_args()
table = Table()

with Fleet() as fleet:
    for runtime in options.runtimes.split(","):
        if runtime not in runtimes():
            continue

        def act():
            program = fleet.start(runtime, PROGRAMS / "drop.mjs")
            program.expect("READY")
            target = fleet.target(program)["id"]
            # Settled first, so that what is dropped is old and only a full collection finds it.
            held = fleet.cli("gc", "--target", target, "--json")
            program.say("drop")
            program.expect("DROPPED")
            dropped = fleet.cli("gc", "--target", target, "--json")
            for reply in (held, dropped):
                assert {"before", "after", "pause"} <= set(reply), reply
            fell = held["after"] - dropped["after"]
            return f"{held['after']:,} -> {dropped['after']:,} bytes, pause {dropped['pause']} ms", fell > 8_000_000
        table.attempt(runtime, "lower", act)
table.exit()

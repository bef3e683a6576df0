#!/usr/bin/env python3
"""The sampling profile has the planted allocating function as its top site: sampling.py [--seconds 10] [--runtimes …]

On Firefox it is a page's, and of all that was allocated instead of what is alive, which the profile must say.
"""
import argparse
from browsers import *

parser = argparse.ArgumentParser()
parser.add_argument("--seconds", type=int, default=10)
parser.add_argument("--runtimes", default=",".join([*runtimes(), "firefox"]))
options = parser.parse_args()
table = Table()


def page(fleet, name):
    address = (PROGRAMS / "allocate.html").as_uri()
    start_page(fleet, name, address, service=name)
    return until(f"{name}'s page attached", 60, lambda: page_row(fleet.cli("targets", "--json"), name, address), every=0.5)


def script(fleet, name):
    program = fleet.start(name, PROGRAMS / "allocate.mjs", service=name)
    program.expect("READY")
    return fleet.target(program)


with Fleet() as fleet:
    for name in options.runtimes.split(","):
        if name not in all_runtimes() or name == "bun":
            continue

        def act():
            target = (page if name == "firefox" else script)(fleet, name)["id"]
            reply = fleet.cli("profile", "--target", target, "--duration", f"{options.seconds}s", "--json")
            top, measure = reply["sites"][0], "allocated" if name == "firefox" else "alive"
            return (f"{top['function']} with {top['selfSize']:,} bytes {reply['measure']}, {top['count']} samples",
                    top["function"] == "plantedAllocator" and reply["measure"] == measure)
        table.attempt(name, "plantedAllocator first", act)
table.exit()

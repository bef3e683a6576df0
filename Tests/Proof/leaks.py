#!/usr/bin/env python3
"""Every program of ../shared/targets/leaks: the planted class is first in `retinue leaks`.

leaks.py [--runtimes node20,node24,bun] [--programs map-cache,...] [--count 1000] [--no-healthy]

A series of three with a step between, taken by operator's marks. Found by growth, with its count and
(on V8) a path to a root, at most two findings in all; the healthy twin is silent.
"""
import argparse
from fleet import *

# Those that differ most from each other, for CI.
FEW = ["map-cache", "emitter-on", "timer-interval", "promise-pending", "closure-shared", "array-buffer"]

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(runtimes()))
parser.add_argument("--programs", default="")
parser.add_argument("--few", action="store_true")
parser.add_argument("--count", type=int, default=1000)
parser.add_argument("--no-healthy", action="store_true")
options = parser.parse_args()
folder = SHARED / "targets/leaks"
names = options.programs.split(",") if options.programs else FEW if options.few else sorted(
    p.stem for p in folder.glob("*.mjs"))
table = Table()


def series(fleet, runtime, name, healthy):
    program = fleet.start(runtime, folder / f"{name}.mjs", options.count, *(["--healthy"] if healthy else []),
                          service=name, instance=f"{runtime}-{'healthy' if healthy else 'leaking'}")
    try:
        program.expect("READY", 60)
        target = fleet.target(program)["id"]
        label = f"{name}-{runtime}-{'h' if healthy else 'l'}"
        for number, mark in enumerate(("baseline", "action", "repeat")):
            if number:
                seen = len(program.lines)
                program.say("step")
                program.expect("STEP", 60, since=seen)
            taken = fleet.cli("snapshot", "take", "--target", target, "--series", label, "--mark", mark, "--json")
            rows = taken if isinstance(taken, list) else taken.get("targets", taken.get("snapshots"))
            if rows[0]["state"] != "complete":
                raise Missed(f"{mark}: {rows[0]}")
        found = fleet.cli("leaks", "--selector", f"service={name}", "--series", label, "--json", check=(0, 3))
        return found if isinstance(found, list) else found["findings"]
    finally:
        program.end()


def leaking(fleet, runtime, name):
    findings = series(fleet, runtime, name, healthy=False)
    if not findings:
        return "no finding", False
    first = findings[0]
    steps = first["objectsPerStep"]
    held = (first["class"].endswith("Leak") and steps == [options.count] * 2 and len(findings) <= 2
            and (runtime == "bun" or len(first["retainerPath"]) > 1))
    path = " > ".join(first["retainerPath"])[:160]
    return f"{first['class']} {steps}, {len(findings)} finding(s), {path or 'no path'}", held


def healthy(fleet, runtime, name):
    findings = series(fleet, runtime, name, healthy=True)
    return ("silent" if not findings else f"{[(f['class'], f['objectsPerStep']) for f in findings]}"), not findings


with Fleet() as fleet:
    for runtime in options.runtimes.split(","):
        if runtime not in runtimes():
            continue
        for name in names:
            table.attempt(f"{runtime} {name}", "planted class first, its count, path, <= 2 findings",
                          lambda: leaking(fleet, runtime, name))
            if not options.no_healthy:
                table.attempt(f"{runtime} {name} healthy", "silent", lambda: healthy(fleet, runtime, name))
held = sum(row[3] for row in table.rows)
print(f"{held} of {len(table.rows)} held")
table.exit()

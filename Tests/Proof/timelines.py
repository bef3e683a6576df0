#!/usr/bin/env python3
"""An allocation timeline over the whole road: timelines.py [--runtimes …]

The planted allocator is in what `retinue analyze --allocations` says of it, with all that it allocated; the price is said before it begins;
and a program runs at its own speed again when it is over, when whoever asked for it has gone, and when the agent has.
"""
import argparse
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(runtimes()))
parser.add_argument("--few", action="store_true", help="one Node, and not every way to end it")
options = parser.parse_args()
if options.few:
    options.runtimes = next((name for name in ("node24", "node22", "node20") if name in runtimes()), "")
table = Table()


def rate(program, count=3):
    """Rounds in half a second, the median of the next few lines."""
    since = len(program.lines)
    until("rates", 30, lambda: sum(line.startswith("RATE") for line in program.lines[since:]) > count)
    return sorted(int(line.split()[1]) for line in program.lines[since:] if line.startswith("RATE"))[count // 2]


def take(fleet, target, *words):
    """`retinue snapshot take` as a process of its own, which a person could interrupt."""
    return Program([str(BIN / "retinue"), "snapshot", "take", "--target", target, *words], stdin=False,
                   env=dict(os.environ, RETINUE_COLLECTOR=fleet.address, NO_COLOR="1"))


def recorded(fleet, target):
    """What is told of the planted allocator."""
    result = fleet.cli("snapshot", "take", "--target", target, "--timeline", "2s", "--allocation-stacks", "--json",
                       check=(0, 1))
    row = result["targets"][0]
    assert row["state"] == "complete" and result["timeline"]["stacks"] and row["estimatedGrowth"] > 0, result
    path = fleet.folder / "timeline.heapsnapshot"
    fleet.cli("snapshot", "get", row["snapshotID"], "-o", path)
    found = fleet.cli("analyze", path, "--allocations", "--json")
    # V8 forgets the stacks of objects that it moves, sometimes of all: how many are alive is no bar.
    planted = next(f for f in found["functions"] if f["function"] == "plantedAllocator")
    said = f"{planted['liveCount']} known alive of {planted['allocatedCount']}, {len(found['timeline'])} times"
    return said, planted["allocatedCount"] > 500 and len(found["timeline"]) > 0


def ended(fleet, program, target, end):
    """How fast the program is before, during and after a recording that was ended early."""
    before = rate(program)
    asked = take(fleet, target, "--timeline", "60s", "--allocation-stacks")
    try:
        asked.expect("Recording for", 20)
        during = until("slower", 20, lambda: (now := rate(program, 1)) < before / 3 and max(now, 1))
        end(asked)
        began = time.monotonic()
        until("fast again", 20, lambda: rate(program, 1) > before / 3)
        seconds = time.monotonic() - began
    finally:
        asked.end()
    return f"{before} -> {during} -> fast after {seconds:.1f} s", seconds < 6


for runtime in options.runtimes.split(","):
    if runtime not in runtimes():
        continue
    with Fleet() as fleet:
        program = fleet.start(runtime, PROGRAMS / "recorded.mjs")
        program.expect("READY")
        target = fleet.target(program)["id"]
        if runtime == "bun":
            def refused():
                row = fleet.cli("snapshot", "take", "--target", target, "--timeline", "1s", "--json", check=(1,))["targets"][0]
                return row["reason"], row["state"] == "refused" and row["reasonCode"] == "notSupported"
            table.attempt(f"{runtime}: what cannot record", "refused in words", refused)
            continue
        table.attempt(f"{runtime}: the planted allocator", "named, with more than 500 allocations",
                      lambda: recorded(fleet, target))
        table.attempt(f"{runtime}: who asked is interrupted", "over within 6 s",
                      lambda: ended(fleet, program, target, lambda asked: asked.process.send_signal(signal.SIGINT)))
        if options.few:
            continue
        table.attempt(f"{runtime}: the agent is stopped", "over within 6 s",
                      lambda: ended(fleet, program, target, lambda asked: fleet.agent.end()))
table.exit()

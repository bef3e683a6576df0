#!/usr/bin/env python3
"""Heap usage shipped against the process's own figures, under load: usage.py [--samples 20] [--seconds 120] [--runtimes …]

Heap used within 1 %, resident size within 5 %. The program's readings surround each of ours in time, and ours must lie
within what they span. Ours bears the time at which its answer came in; Deno sends an answer one to three turns of its
event loop after the expression ran (seen: 20 to 60 ms), so the program's readings of the 80 ms before are compared too.
"""
import argparse, datetime
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--samples", type=int, default=20)
parser.add_argument("--seconds", type=float, default=120)
parser.add_argument("--runtimes", default=",".join(runtimes()))
options = parser.parse_args()
table = Table()
ON_ITS_WAY = 80  # milliseconds
interval = options.seconds / options.samples

for runtime in options.runtimes.split(","):
    if runtime not in runtimes():
        continue

    def act():
        with Fleet(interval=f"{max(1, round(interval))}s") as fleet:
            program = fleet.start(runtime, PROGRAMS / "usage.mjs")
            program.expect("READY")
            target = fleet.target(program)["id"]
            readings = {}

            def collect(done):
                while not done.wait(0.3):
                    row = next(r for r in fleet.cli("targets", "--json") if r["id"] == target)
                    if row["measuredAt"]:
                        readings[row["measuredAt"]] = row
            done = threading.Event()
            collector = threading.Thread(target=collect, args=(done,))
            collector.start()
            try:
                end = time.monotonic() + options.seconds + interval
                while time.monotonic() < end:
                    program.say("usage")
                    # Bun's heapStats() walks the whole heap: asked more often, it would do nothing else.
                    time.sleep(0.12 if runtime == "bun" else 0.02)
            finally:
                done.set()
                collector.join(30)
            own = [json.loads(line[6:]) for line in program.lines if line.startswith("USAGE")]
            errors, resident_errors = [], []
            for point in readings.values():
                moment = point["measuredAt"].replace("Z", "+00:00")
                at = datetime.datetime.fromisoformat(moment).timestamp() * 1000
                before = max((o for o in own if o["at"] <= at - ON_ITS_WAY), key=lambda o: o["at"], default=None)
                after = min((o for o in own if o["at"] > at), key=lambda o: o["at"], default=None)
                if not before or not after or after["at"] - before["at"] > 400 + ON_ITS_WAY:
                    continue
                around = [o for o in own if before["at"] <= o["at"] <= after["at"]]
                low, high = min(o["used"] for o in around), max(o["used"] for o in around)
                inside = min(max(point["heapUsed"], low), high)
                errors.append(abs(point["heapUsed"] - inside) / inside)
                if point.get("residentSize"):
                    low, high = min(o["rss"] for o in around), max(o["rss"] for o in around)
                    inside = min(max(point["residentSize"], low), high)
                    resident_errors.append(abs(point["residentSize"] - inside) / inside)
            if len(errors) < options.samples * 0.8:
                raise Missed(f"only {len(errors)} of {len(readings)} readings could be compared")
            return (f"{len(errors)} readings, heap worst {max(errors):.2%}, resident worst {max(resident_errors):.2%}",
                    max(errors) <= 0.01 and max(resident_errors) <= 0.05)
    table.attempt(runtime, "heap within 1 %, resident within 5 %", act)
table.exit()

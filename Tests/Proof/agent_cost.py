#!/usr/bin/env python3
"""What the agent costs: agent_cost.py [--minutes 5] [--parts idle,shipping]

idle: 8 targets of 100 MB heap at 10 s metrics: resident memory of guardian and worker, and their CPU.
shipping: the highest resident memory while a snapshot of at least 250 MB of text is shipped: by Node in many messages, by Bun
in one reply.
"""
import argparse
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--minutes", type=float, default=5)
parser.add_argument("--parts", default="idle,shipping")
options = parser.parse_args()
table = Table()
MIB = 1 << 20
runtime = next(r for r in ("node24", "node22", "node20") if r in runtimes())


def idle():
    with Fleet() as fleet:
        programs = [fleet.start(runtime, PROGRAMS / "heap.mjs", 100) for _ in range(8)]
        for program in programs:
            program.expect("READY", 120)
        for program in programs:
            fleet.target(program, seconds=60)
        time.sleep(15)
        pids = fleet.agent_processes()
        began, used = time.monotonic(), cpu(pids)
        highest = 0
        while time.monotonic() - began < options.minutes * 60:
            time.sleep(2)
            highest = max(highest, resident(pids))
        share = (cpu(pids) - used) / (time.monotonic() - began)
        table.row("agent idle with 8 targets, both processes", "<= 40 MiB", f"{highest / MIB:.1f} MiB", highest <= 40 * MIB)
        table.row(f"agent CPU, 8 targets of 100 MB heap at 10 s, {options.minutes:g} min", "<= 0.5 % of a core",
                  f"{share:.2%}", share <= 0.005)


def shipping():
    ship(runtime, 190, ("--max-old-space-size=4000",))
    if "bun" in runtimes():
        ship("bun", 145, ())


def ship(runtime, megabytes, flags):
    with Fleet() as fleet:
        program = fleet.start(runtime, PROGRAMS / "heap.mjs", megabytes, flags=flags)
        program.expect("READY", 120)
        target = fleet.target(program)["id"]
        pids = fleet.agent_processes()
        highest, done = 0, threading.Event()

        def watch():
            nonlocal highest
            while not done.wait(0.05):
                highest = max(highest, resident(pids))
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            taken = fleet.cli("snapshot", "take", "--target", target, "--json", timeout=400)
        finally:
            done.set()
            watcher.join()
        row = fleet.cli("snapshot", "list", "--json")
        row = (row if isinstance(row, list) else row["snapshots"])[0]
        if row["state"] != "complete":
            raise Missed(f"{taken}")
        size = row["textBytes"]
        table.row(f"agent while shipping {size / 1e6:.0f} MB of {runtime}, both processes", "<= 64 MiB, text >= 250 MB",
                  f"{highest / MIB:.1f} MiB", highest <= 64 * MIB and size >= 250e6)
        analysis = fleet.cli("analyze", row["snapshotID"], "--json", timeout=120)["arrival"]
        ready = analysis["readyAfterCommit"]
        early = analysis["blocksDecodedBeforeLast"] / max(1, analysis["blockCount"])
        table.row(f"last block committed -> class table, {size / 1e6:.0f} MB of {runtime}", "<= 1.0 s", f"{ready / 1000:.2f} s",
                  ready <= 1000)
        table.row("blocks decoded before the last one came", ">= 80 %", f"{early:.0%}", early >= 0.8)


for part in options.parts.split(","):
    try:
        {"idle": idle, "shipping": shipping}[part]()
    except Missed as error:
        table.row(part, "see above", str(error), False)
table.exit()

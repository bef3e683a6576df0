#!/usr/bin/env python3
"""Of 1,000 objects printed while attached, none is alive right after detaching: console.py [--runtimes …]

Chromium is asked as the scripts are. A worker of workerd is visited, and a window keeps us there while it prints; it has
no way to collect on demand, so it allocates until what is dead is gone, as Firefox and WebKit do: of those the twin that
nobody watches tells what the engine keeps for itself.
"""
import argparse
from subjects import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(["scripts", "workerd", *NAMES]))
options = parser.parse_args()
table = Table()
orders = Orders()
COUNT = 1000


def script(runtime):
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


def other(kind):
    with Fleet(interval="1s") as fleet:
        watched, alone = (Subject(fleet, kind, orders, f"{kind}-{name}", watched=name == "watched") for name in ("watched", "alone"))
        row = until(f"{kind} attached", 60, lambda: watched.row(fleet.cli("targets", "--json")), every=0.3)
        until("both run", 60, lambda: watched.is_ready() and alone.is_ready(), every=0.3)
        if kind == "workerd":
            threading.Thread(target=fleet.cli, args=("profile", "--target", row["id"], "--duration", "4s", "--json"),
                             kwargs={"check": None}, daemon=True).start()
            time.sleep(1)
        for subject in (watched, alone):
            done = subject.done()
            subject.order(f"print {COUNT}")
            until(f"{subject.name} has printed", 30, lambda: subject.done() > done)
        time.sleep(5 if kind == "workerd" else 1)
        fleet.agent.end(10)
        counts = [subject.alive() for subject in (watched, alone)]
        for subject in (watched, alone):
            subject.end()
        return f"{counts[0]} alive, of its twin that nobody watches {counts[1]}", counts[0] <= counts[1]


for runtime in chosen(options.runtimes):
    if runtime in runtimes():
        table.attempt(runtime, "0", lambda: script(runtime))
    else:
        table.attempt(runtime, "no more than of its twin", lambda: other(runtime))
table.exit()

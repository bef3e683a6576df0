#!/usr/bin/env python3
"""With the agent's worker stopped or killed, no target's exit hangs longer than 5 s: hung_worker.py [--runtimes …]"""
import argparse
from subjects import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(["scripts", "workerd", *NAMES]))
options = parser.parse_args()
table = Table()
orders = Orders()


class Script:
    """A program that ends by itself when it is told to."""

    def __init__(self, fleet, runtime, _):
        self.program = fleet.start(runtime, PROGRAMS / "exits.mjs", "exit")
        self.program.expect("READY")
        fleet.target(self.program, seconds=60)

    def took_to_end(self):
        self.program.say("end")
        return self.program.wait(20)


class Other:
    """A worker's runtime or a browser, which SIGTERM ends."""

    def __init__(self, fleet, kind, number):
        self.subject = subject = Subject(fleet, kind, orders, f"{kind}-{number}")
        row = until(f"{kind} attached", 60, lambda: subject.row(fleet.cli("targets", "--json")), every=0.3)
        if kind == "workerd":
            # It is visited: a window keeps us there.
            threading.Thread(target=fleet.cli, args=("profile", "--target", row["id"], "--duration", "20s", "--json"),
                             kwargs={"check": None}, daemon=True).start()
            time.sleep(1)

    def took_to_end(self):
        pid = self.subject.main()
        began = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        until(f"{self.subject.name} ends", 20, lambda: pid not in self.subject.processes(), every=0.01)
        self.subject.end()
        return time.monotonic() - began


for runtime in chosen(options.runtimes):
    start = Script if runtime in runtimes() else Other
    for name, number in (("stopped", signal.SIGSTOP), ("killed", signal.SIGKILL)):
        def act():
            with Fleet() as fleet:
                program = start(fleet, runtime, 1)
                worker = fleet.agent_processes()[-1]
                if worker == fleet.agent.pid:
                    raise Missed("the agent has no worker process")
                os.kill(worker, number)
                took = program.took_to_end()
                # And the agent is whole again: it finds a new process.
                start(fleet, runtime, 2).took_to_end()
                return f"ended after {took:.2f} s, the agent went on", took <= 5
        table.attempt(f"{runtime}, worker {name}", "<= 5 s", act)
table.exit()

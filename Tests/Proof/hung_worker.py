#!/usr/bin/env python3
"""With the agent's worker stopped or killed, no target's exit hangs longer than 5 s: hung_worker.py [--runtimes …]"""
import argparse
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(runtimes()))
options = parser.parse_args()
table = Table()

for runtime in options.runtimes.split(","):
    if runtime not in runtimes():
        continue
    for name, number in (("stopped", signal.SIGSTOP), ("killed", signal.SIGKILL)):
        def act():
            with Fleet() as fleet:
                program = fleet.start(runtime, PROGRAMS / "exits.mjs", "exit")
                program.expect("READY")
                fleet.target(program)
                worker = fleet.agent_processes()[-1]
                if worker == fleet.agent.pid:
                    raise Missed("the agent has no worker process")
                os.kill(worker, number)
                program.say("end")
                took = program.wait(20)
                # And the agent is whole again: it finds a new process.
                again = fleet.start(runtime, PROGRAMS / "exits.mjs", "exit")
                again.expect("READY")
                fleet.target(again, seconds=40)
                return f"ended after {took:.2f} s, the agent went on", took <= 5
        table.attempt(f"{runtime}, worker {name}", "<= 5 s", act)
table.exit()

#!/usr/bin/env python3
"""What a rule has an agent do by itself on its host: host.py

An inspector opened by SIGUSR1 outlives the worker that opened it, and is closed by the one after it; a developer
who came through it is left his session; a schedule's profiles are at the collector without anybody asking.
"""
import socket
from fleet import *

table = Table()
node = next(name for name in ("node24", "node22", "node20") if name in runtimes())


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(fleet, port):
    program = fleet.start(node, PROGRAMS / "heap.mjs", 5, flags=(f"--inspect-port={port}",), inspect=False)
    program.expect("READY")
    return program


def closed_after_a_kill():
    with Fleet(rule="openInspector: true") as fleet:
        port = free_port()
        program = start(fleet, port)
        fleet.target(program, seconds=60)
        os.kill(fleet.agent_processes()[1], signal.SIGKILL)
        until("the next worker goes on", 60, lambda: sum("msg=attached" in line for line in fleet.agent.errors) == 2)
        fleet.agent.end(10)
        still = is_open(port)
        opened = sum(line.startswith("Debugger listening") for line in program.errors)
        return f"open {still}, opened {opened} times", not still and opened == 1 and program.process.poll() is None


def developer_stays():
    with Fleet(rule="openInspector: true") as fleet:
        port = free_port()
        program = start(fleet, port)
        fleet.target(program, seconds=60)
        # Any connection will do: the program would stand still until it is gone.
        with socket.create_connection(("127.0.0.1", port)) as developer:
            fleet.agent.end(10)
            standing = is_open(port)
            developer.sendall(b"GET /json/version HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            answer = developer.recv(64)
        return f"open {standing}, answered {answer[:15]}", standing and answer.startswith(b"HTTP/1.0 200")


def schedule():
    with Fleet(rule="schedule: {sampleEvery: 1m, sampleFor: 1s}") as fleet:
        program = fleet.start(node, PROGRAMS / "heap.mjs", 5)
        program.expect("READY")
        target = fleet.target(program, seconds=60)["id"]

        def profile():
            answer = fleet.cli("profile", "--target", target, "--taken", "1h", "--json", check=None)
            return answer if fleet.code == 0 else None
        answer = until("a scheduled profile", 100, profile, every=1)
        return f"{answer['mergedTargets']} targets", answer["mergedTargets"] == 1


table.attempt("an inspector that a killed worker opened", "opened once, closed at the end", closed_after_a_kill)
table.attempt("an inspector that somebody else uses when we leave", "left open", developer_stays)
table.attempt("a schedule of one sample a minute", "a profile at the collector", schedule)
table.exit()

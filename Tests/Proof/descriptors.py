#!/usr/bin/env python3
"""The gRPC core's listener dies for good when it meets the descriptor limit (CVE-2023-4785): the collector
notices by probing its own port, ends within 15 s, and serves again when its supervisor starts it.

descriptors.py   (row 21 of the reliability facts: the running collector's limit is lowered to 256, 1,000 connections)
"""
import resource, socket
from fleet import *

table = Table()


def act():
    with Fleet(agent=False) as fleet:
        fleet.collector.end()
        fleet.address = "127.0.0.1:0"
        argv = [str(BIN / "retinue"), "collector", "--listen", fleet.address, "--data", str(fleet.folder / "data")]
        fleet.collector = Program(argv, stdin=False)
        line = until("collector ready", 20, lambda: next((l for l in fleet.collector.lines if "127.0.0.1:" in l), None))
        port = int(line.split("127.0.0.1:")[1].split()[0].strip(".,"))
        resource.prlimit(fleet.collector.pid, resource.RLIMIT_NOFILE, (256, 256))
        connections = []
        for _ in range(1000):
            try:
                connections.append(socket.create_connection(("127.0.0.1", port), timeout=1))
            except OSError:
                pass
        for connection in connections:
            connection.close()
        took = fleet.collector.wait(30)
        code = fleet.collector.process.returncode
        fleet.address = f"127.0.0.1:{port}"
        fleet.collector = Program([*argv[:3], fleet.address, *argv[4:]], stdin=False)
        began = time.monotonic()
        until("collector ready again", 20, lambda: any("127.0.0.1:" in l for l in fleet.collector.lines))
        again = time.monotonic() - began
        return (f"ended after {took:.1f} s with code {code}, served again {again:.1f} s after its start",
                took <= 15 and code not in (0, None) and again < 5)


table.attempt("descriptor exhaustion", "ends <= 15 s, serves <= 20 s", act)
table.exit()

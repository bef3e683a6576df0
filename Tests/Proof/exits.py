#!/usr/bin/env python3
"""A graceful exit of an attached process is delayed by less than 250 ms: exits.py [--rounds 20] [--runtimes …]

Ways of a script: SIGTERM handler, natural end, process.exit. Ways of a worker: SIGTERM between two visits, and in one,
while a sampling window is open. Browsers: SIGTERM. The delay is the time to end while attached less the median time to
end of the same program that nobody watches (of a browser, whose own end takes now longer and now shorter, the longest
of three).
"""
import argparse, statistics
from subjects import *

OTHERS = ["workerd", *NAMES]
parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=20)
parser.add_argument("--runtimes", default=",".join(["scripts", *OTHERS]))
options = parser.parse_args()
table = Table()


def end(program, way):
    began = time.monotonic()
    if way == "sigterm":
        program.process.send_signal(signal.SIGTERM)
    else:
        program.say("end")
    program.wait(10)
    return time.monotonic() - began


def terminate(subject):
    """Seconds until the process that SIGTERM is sent to has ended: of a browser, the one that is asked."""
    pid = subject.main()
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    until(f"{subject.name} ends", 15, lambda: pid not in subject.processes(), every=0.002)
    return time.monotonic() - began


def told(delays):
    fast = sum(delay < 250 for delay in delays)
    return (f"{fast} of {len(delays)}, median {statistics.median(delays):.0f} ms, worst {max(delays):.0f} ms",
            fast == len(delays))


def script(fleet, runtime, way):
    alone = []
    for _ in range(3):
        program = fleet.start(runtime, PROGRAMS / "exits.mjs", way, inspect=False)
        program.expect("READY")
        alone.append(end(program, way))
    base = statistics.median(alone)
    # Started together, so that the agent finds them at one time; ended one by one.
    watched = [fleet.start(runtime, PROGRAMS / "exits.mjs", way) for _ in range(options.rounds)]
    for program in watched:
        program.expect("READY")
    for program in watched:
        fleet.target(program, seconds=60)
    return told([(end(program, way) - base) * 1000 for program in watched])


def other(fleet, kind, way):
    def run(number, watched):
        subject = Subject(fleet, kind, orders, f"{kind}-{way.replace(' ', '-')}-{number}", watched=watched)
        until(f"{subject.name} listens", 60, subject.is_ready, every=0.3)
        if watched:
            row = until(f"{subject.name} attached", 60, lambda: subject.row(fleet.cli("targets", "--json")), every=0.3)
            if way == "in a visit":
                threading.Thread(target=fleet.cli, args=("profile", "--target", row["id"], "--duration", "2s", "--json"),
                                 kwargs={"check": None}, daemon=True).start()
                time.sleep(1)
        else:
            time.sleep(1)
        try:
            return terminate(subject)
        finally:
            subject.end()
    # A browser takes now longer and now shorter by itself.
    alone = [run(number, False) for number in range(3)]
    base = statistics.median(alone) if kind == "workerd" else max(alone)
    return told([(run(number, True) - base) * 1000 for number in range(3, 3 + options.rounds)])


orders = Orders()
with Fleet() as fleet:
    for runtime in chosen(options.runtimes):
        bar = f"< 250 ms, {options.rounds} of {options.rounds}"
        if runtime in runtimes():
            for way in ("sigterm", "natural", "exit"):
                table.attempt(f"{runtime} {way}", bar, lambda: script(fleet, runtime, way))
        else:
            for way in ("between visits", "in a visit") if runtime == "workerd" else ("sigterm",):
                table.attempt(f"{runtime} {way}", bar, lambda: other(fleet, runtime, way))
table.exit()

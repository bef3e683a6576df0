#!/usr/bin/env python3
"""kill -9 at random moments: kill.py [--rounds 100] [--parts collector,agent] [--seed 1]

collector: killed during an upload and started again; every snapshot ever said to be complete is there and
reads back unchanged. (That a resumed upload sends at most one block twice is counted by a sender of its own:
RETINUE_KILL_ROUNDS=100 swift test --filter CollectorKillTests.)
agent: killed during the upload of a whole spooled snapshot, or in the middle of a capture; the first is
delivered, the second is `incomplete`, never committed as complete.
"""
import argparse, hashlib, random
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=100)
parser.add_argument("--parts", default="collector,agent")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--megabytes", type=float, default=6)
options = parser.parse_args()
chance = random.Random(options.seed)
table = Table()
runtime = next(r for r in ("node24", "node22", "node20") if r in runtimes())


def snapshots(fleet):
    rows = fleet.cli("snapshot", "list", "--json")
    return {row["snapshotID"]: row for row in (rows if isinstance(rows, list) else rows["snapshots"])}


def digest(fleet, identifier):
    path = fleet.folder / "read.native"
    fleet.cli("snapshot", "get", identifier, "--format", "native", "-o", path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def take_in_background(fleet, target):
    return threading.Thread(target=lambda: fleet.cli("snapshot", "take", "--target", target, "--json", check=None), daemon=True)


def rounds(part):
    lost = changed = wrong = 0
    committed = {}
    with Fleet() as fleet:
        program = fleet.start(runtime, PROGRAMS / "heap.mjs", options.megabytes)
        program.expect("READY", 120)
        target = fleet.target(program)["id"]
        # Moments are drawn from a time in which an undisturbed snapshot is begun, spooled and committed.
        began = time.monotonic()
        fleet.cli("snapshot", "take", "--target", target, "--json")
        whole = time.monotonic() - began
        for number in range(options.rounds):
            asked = take_in_background(fleet, target)
            asked.start()
            time.sleep(chance.uniform(0.05, 1.25 * whole))
            if part == "collector":
                fleet.collector.process.kill()
                fleet.collector.wait(5)
                fleet.start_collector()
            else:
                # Both at once, and started again as a service manager would.
                for process in reversed(fleet.agent_processes()):
                    os.kill(process, signal.SIGKILL)
                fleet.agent.wait(5)
                fleet.start_agent()
            # Nobody helps: within a bound everything has come to its end.
            until("snapshots settled", 60, lambda: all(
                row["state"] != "running" for row in snapshots(fleet).values()), every=0.3)
            asked.join(60)
            fleet.target(program, seconds=40)
            now = snapshots(fleet)
            for identifier, known in committed.items():
                if identifier not in now:
                    lost += 1
            for identifier, row in now.items():
                if row["state"] == "complete" and identifier not in committed:
                    committed[identifier] = digest(fleet, identifier)
                if row["state"] == "incomplete" and not row.get("reason"):
                    wrong += 1
            if (number + 1) % 10 == 0:
                print(f"  {part}: {number + 1} rounds, {len(committed)} committed", file=sys.stderr, flush=True)
        for identifier, known in committed.items():
            if digest(fleet, identifier) != known:
                changed += 1
    held = not (lost or changed or wrong) and len(committed) > 0
    table.row(f"{options.rounds} × kill -9 of the {part}", "0 lost, 0 changed, cut short is incomplete",
              f"{len(committed)} committed, {lost} lost, {changed} changed, {wrong} without a reason", held)


for part in options.parts.split(","):
    try:
        rounds(part)
    except Missed as error:
        table.row(f"kill -9 of the {part}", "see above", str(error), False)
table.exit()

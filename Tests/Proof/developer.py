#!/usr/bin/env python3
"""A developer's session comes first: developer.py [--runtimes …] [--parts first,later,series]

first, later: a developer's client is there before the agent, or comes while it watches. While the agent
reads, collects, samples and captures, what he saw in the console can be opened, what he stops stands still and goes on,
the id of his object stays; what the fleet shows of the target says that he is there, and where an inspector takes one
client only, what the agent is asked is refused for that reason. When he has left it is watched as before.
series: a client that takes a heap snapshot between two steps, or a program that snapshots itself: two
snapshots are compared by id only where the ids are proven to be the same, else by class, and that is said.
"""
import argparse
from developers import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(["scripts", "workerd", "wrangler", *NAMES]))
parser.add_argument("--parts", default="first,later,series")
options = parser.parse_args()
table = Table()
orders = Orders()
SNAPSHOTS_ITSELF = ("node20", "node22", "node24", "deno", "bun")


def start(fleet, kind):
    subject = Subject(fleet, kind, orders, f"{kind}-subject")
    until(f"{kind} runs", 60, subject.is_ready, every=0.3)
    return subject


def row(fleet, subject, *states):
    """What the fleet says of its heap, in one of these states."""
    found = [row for row in fleet.cli("targets", "--json") if row["instance"].split("/")[0] == subject.name
             and row["state"] in states and (not subject.is_page or "/" in row["instance"] and subject.path in row["title"])]
    # Beside a worker stand the processes around it.
    return max(found, key=lambda row: ("snapshot" in row["capabilities"], row["state"] == "inUse"), default=None)


def has_company(row):
    return row["state"] == "inUse" or "another client" in (row["stateDetail"] or "")


def watched(fleet, subject, seconds=90):
    """Its row, once everything can be asked of it and nobody else is said to be there."""
    def is_free():
        found = row(fleet, subject, "attached", "visiting")
        return found if found and "snapshot" in found["capabilities"] and not has_company(found) else None
    return until(f"{subject.kind} watched, and nobody else there", seconds, is_free, every=0.3)


def told(answer):
    """What a command came to on its one target."""
    target = answer.get("targets", [answer])[0]
    return target.get("reasonCode") or target.get("state") or "done"


def everything(fleet, subject, developer):
    """The agent does what it can; what the developer noticed, how the target was marked, and what the agent did."""
    def marked():
        found = row(fleet, subject, "attached", "visiting", "inUse")
        return found if found and has_company(found) else None
    found = until("the developer is seen", 60, marked, every=0.3)
    developer.print()
    one = ("--target", found["id"], "--json")
    taken = fleet.cli("snapshot", "take", *one, check=None)
    acts = {"gc": told(fleet.cli("gc", *one, check=None)), "snapshot": told(taken)}
    snapshot = next((s for s in fleet.cli("snapshot", "list", "--json")["snapshots"]
                     if s["snapshotID"] == taken["targets"][0]["snapshotID"]), None)
    is_marked = acts["snapshot"] != "complete" or bool(snapshot and snapshot["inCompany"])
    if "sampling" in found["capabilities"]:
        acts["profile"] = told(fleet.cli("profile", "--duration", "1s", *one, check=None))
    time.sleep(2.5)
    developer.print()
    developer.stops()
    allowed = {"inUse"} if found["state"] == "inUse" else {"done", "complete"}
    marks = f"{found['state']}, {found['stateDetail']}; {acts}" + ("" if is_marked else "; its snapshot is not marked")
    return developer.disturbances(), marks, is_marked and set(acts.values()) <= allowed


def first(kind):
    with Fleet(agent=False, interval="1s") as fleet:
        subject = start(fleet, kind)
        person = developer(subject)
        fleet.start_agent()
        found, marked, is_right = everything(fleet, subject, person)
        fleet.agent.end(10)
        time.sleep(1)
        if not person.client.is_open:
            found.append("his session was closed when the agent left")
        else:
            person.print()
        subject.end()
        return f"{found or 'undisturbed'}; the fleet says: {marked}", not found and is_right


def later(kind):
    # What is visited is read as often as by default: he is not to come in the moment of a visit.
    with Fleet(interval="10s" if kind in ("workerd", "wrangler") else "1s") as fleet:
        subject = start(fleet, kind)
        watched(fleet, subject)
        person = developer(subject)
        found, marked, is_right = everything(fleet, subject, person)
        person.leave()
        watched(fleet, subject)
        subject.end()
        return f"{found or 'undisturbed'}; the fleet says: {marked}", not found and is_right


def series(kind, between):
    """Two steps of a series with something between them; how they are compared."""
    with Fleet(interval="1s") as fleet:
        subject = start(fleet, kind)

        def step(mark):
            one = watched(fleet, subject)["id"]
            taken = fleet.cli("snapshot", "take", "--target", one, "--series", "s", "--mark", mark, "--json")
            return taken["targets"][0]["snapshotID"]
        base = step("baseline")
        between(fleet, subject)
        done = subject.done()
        subject.order("grow 1000")
        until("it has grown", 20, lambda: subject.done() > done)
        main = step("action")
        subject.end()
        return fleet.cli("compare", base, main, "--json", check=(0, 3))


def planted(comparison):
    found = next((c for c in comparison["classes"] if c["name"] == "Planted"), {})
    return found.get("countDelta"), found.get("addedCount"), found.get("removedCount")


def judged(comparison):
    """By id exact, by class with a reason; the class grew by what was planted, or by its prototype too."""
    grown, added, removed = planted(comparison)
    right = (added, removed) == (grown, 0) if comparison["comparedByID"] else bool(comparison["note"])
    said = f"by id {comparison['comparedByID']}, says: {comparison['note'] or 'nothing'}; {grown} Planted more"
    return said, right and grown in (1000, 1001)


def undisturbed(kind):
    comparison = series(kind, lambda fleet, subject: None)
    said, right = judged(comparison)
    # Elsewhere ids are addresses, or nobody stays to hold them.
    return said, right and comparison["comparedByID"] == (kind not in ("firefox", "workerd", "wrangler"))


def foreign(kind):
    def visit(fleet, subject):
        person = developer(subject)
        person.snapshot()
        person.leave()
        time.sleep(1)
    comparison = series(kind, visit)
    said, right = judged(comparison)
    return said, right and not comparison["comparedByID"]


def itself(kind):
    def write(fleet, subject):
        done, path = subject.done(), fleet.folder / "own.heapsnapshot"
        subject.order(f"snapshot {path}")
        until("its own snapshot", 60, lambda: subject.done() > done)
        if not path.exists():
            raise Missed("it wrote no snapshot")
    return judged(series(kind, write))


for kind in chosen(options.runtimes):
    for part, acts in (("first", [(first, "undisturbed and marked")]), ("later", [(later, "undisturbed and marked")]),
                       ("series", [(undisturbed, "by id where the engine can"), (foreign, "refused, by class, said"),
                                   (itself, "by class and said, or exact")])):
        for act, bar in acts if part in options.parts.split(",") else []:
            if act is not itself or kind in SNAPSHOTS_ITSELF:
                table.attempt(f"{kind}, developer {act.__name__}", bar, lambda: act(kind))
                for subject in STARTED:
                    subject.end()
                STARTED.clear()
table.exit()

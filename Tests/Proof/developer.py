#!/usr/bin/env python3
"""A developer's session comes first: developer.py [--runtimes …] [--parts first,later,series]

first, later: a developer's client is there before the agent, or comes while it watches. While the agent
reads, collects, samples and captures, his console objects can be opened, his breakpoint stops and goes on,
the id of his object stays; what the fleet shows of the target says that he is there.
series: a client that takes a heap snapshot between two steps, or a program that snapshots itself: two
snapshots are compared by id only where the ids are proven to be the same, else by class, and that is said.
"""
import argparse
from devtools_client import Client
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(r for r in runtimes() if r != "bun"))
parser.add_argument("--parts", default="first,later,series")
options = parser.parse_args()
table = Table()


class Developer:
    """What DevTools does: console, a breakpoint, a heap snapshot and an object in it."""

    def __init__(self, program):
        self.program, self.client = program, Client(program)
        self.client.call("Runtime.enable")
        self.client.call("Debugger.enable")
        self.client.call("HeapProfiler.enable")
        self.client.call("HeapProfiler.takeHeapSnapshot", 120, reportProgress=False)
        self.landmark = self.client.call("Runtime.evaluate", expression="landmark", objectGroup="developer")["result"]["objectId"]
        self.id = self._id()
        self.print()

    def _id(self):
        return self.client.call("HeapProfiler.getHeapObjectId", objectId=self.landmark)["heapSnapshotObjectId"]

    def print(self):
        """The program prints an object; it arrives."""
        seen = len(self.client.seen("Runtime.consoleAPICalled"))
        self.program.say("print")
        until("what was printed", 10, lambda: len(self.client.seen("Runtime.consoleAPICalled")) > seen)

    def breaks(self):
        """A breakpoint stops the program, and it goes on when he says so."""
        seen = len(self.client.seen("Debugger.paused"))
        breakpoint = self.client.call("Debugger.setBreakpointByUrl", lineNumber=7, urlRegex=".*developer\\.mjs$")["breakpointId"]
        until("the breakpoint", 10, lambda: len(self.client.seen("Debugger.paused")) > seen)
        time.sleep(2.5)                     # the agent wants readings meanwhile
        if len(self.client.seen("Debugger.resumed")) > len(self.client.seen("Debugger.paused")) - 1:
            raise Missed("somebody else let the program go on")
        self.client.call("Debugger.removeBreakpoint", breakpointId=breakpoint)
        self.client.call("Debugger.resume")

    def disturbances(self):
        """What is not as he left it."""
        found = []
        if not self.client.is_open:
            return ["his session was closed"]
        for event in self.client.seen("Runtime.consoleAPICalled"):
            for argument in event["params"]["args"]:
                if "objectId" in argument:
                    try:
                        self.client.call("Runtime.getProperties", objectId=argument["objectId"])
                    except Missed as error:
                        found.append(f"an object he saw in the console is gone ({error})")
        if self._id() != self.id:
            found.append(f"the id of his object was {self.id} and is {self._id()}")
        return sorted(set(found))


def everything(fleet, runtime, program, developer):
    """The agent does what it can; what the developer noticed, and how the target was marked."""
    target = fleet.target(program, seconds=60)["id"]
    marked = until("the developer is seen", 20, lambda: fleet.target(program)["stateDetail"] or None)
    developer.print()
    fleet.cli("gc", "--target", target, "--json")
    fleet.cli("snapshot", "take", "--target", target, "--json")
    fleet.cli("profile", "--target", target, "--duration", "1s", "--json")
    time.sleep(2.5)
    developer.print()
    developer.breaks()
    return developer.disturbances(), marked


def first(runtime):
    with Fleet(agent=False, interval="1s") as fleet:
        program = fleet.start(runtime, PROGRAMS / "developer.mjs")
        program.expect("READY")
        developer = Developer(program)
        fleet.start_agent()
        found, marked = everything(fleet, runtime, program, developer)
        fleet.agent.end(10)
        if not developer.client.is_open:
            found.append("his session was closed when the agent left")
        developer.print()
        return f"{found or 'undisturbed'}; the fleet says: {marked}", not found and "another client" in marked


def later(runtime):
    with Fleet(interval="1s") as fleet:
        program = fleet.start(runtime, PROGRAMS / "developer.mjs")
        program.expect("READY")
        if fleet.target(program, seconds=60)["stateDetail"]:
            raise Missed("somebody was there before the developer came")
        developer = Developer(program)
        found, marked = everything(fleet, runtime, program, developer)
        developer.client.close()
        until("nobody is said to be there", 20, lambda: not fleet.target(program)["stateDetail"])
        return f"{found or 'undisturbed'}; the fleet says: {marked}", not found and "another client" in marked


def series(runtime, between):
    """Two steps of a series with something between them; how they are compared."""
    with Fleet(interval="1s") as fleet:
        program = fleet.start(runtime, PROGRAMS / "developer.mjs")
        program.expect("READY")
        target = fleet.target(program, seconds=60)["id"]

        def step(mark):
            taken = fleet.cli("snapshot", "take", "--target", target, "--series", "s", "--mark", mark, "--json")
            return taken["targets"][0]["snapshotID"]
        base = step("baseline")
        between(fleet, program)
        program.say("grow")
        time.sleep(0.5)
        main = step("action")
        return fleet.cli("compare", base, main, "--json", check=(0, 3))


def planted(comparison):
    row = next((c for c in comparison["classes"] if c["name"] == "Planted"), {})
    return row.get("countDelta"), row.get("addedCount"), row.get("removedCount")


def undisturbed(runtime):
    comparison = series(runtime, lambda fleet, program: None)
    return f"by id {comparison['comparedByID']}, {planted(comparison)}", comparison["comparedByID"]


def foreign(runtime):
    def visit(fleet, program):
        client = Client(program)
        client.call("HeapProfiler.enable")
        client.call("HeapProfiler.takeHeapSnapshot", 120, reportProgress=False)
        client.call("HeapProfiler.disable")
        client.close()
        time.sleep(1)
    comparison = series(runtime, visit)
    grown, _, _ = planted(comparison)
    return (f"by id {comparison['comparedByID']}, says: {comparison['note']}; {grown} Planted more",
            not comparison["comparedByID"] and bool(comparison["note"]) and grown in (1000, 1001))


def itself(runtime):
    def write(fleet, program):
        program.say(f"snapshot {fleet.folder}/own.heapsnapshot")
        program.expect("WROTE", 60)
    comparison = series(runtime, write)
    grown, added, removed = planted(comparison)
    # V8 keeps its ids then: what is compared by them must be exact, and what is not must say why.
    right = (added, removed) == (grown, 0) if comparison["comparedByID"] else bool(comparison["note"])
    return (f"by id {comparison['comparedByID']}, says: {comparison['note'] or 'nothing'}; {grown} Planted more",
            right and grown in (1000, 1001))


for runtime in options.runtimes.split(","):
    if runtime not in runtimes() or runtime == "bun":
        continue
    for part, acts in (("first", [(first, "undisturbed and marked")]), ("later", [(later, "undisturbed and marked")]),
                       ("series", [(undisturbed, "by id"), (foreign, "refused, by class, said"), (itself, "by class and said, or exact")])):
        if part in options.parts.split(","):
            for act, bar in acts:
                table.attempt(f"{runtime}, developer {act.__name__}", bar, lambda: act(runtime))
table.exit()

#!/usr/bin/env python3
"""One service on Node, Bun and Deno, class by class in one report: engines.py [--orders 2000] [--runtimes node24,...]

programs/shop.mjs is asked for the same orders on each runtime, one snapshot is taken of each, and
`retinue compare --by instance` puts them side by side. What the service made must be equally many everywhere. The
report is printed as a person gets it.
"""
import argparse, http.client
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--orders", type=int, default=2000)
parser.add_argument("--runtimes", default="node20,node24,bun,deno")
options = parser.parse_args()
table = Table()
# How many of each the service makes and keeps for one order.
EACH = {"Order": 1, "Basket": 1, "Line": 2}


def order(program, count):
    """Asks for so many orders, all from the same ten customers."""
    port = int(program.expect("READY ", 30).split()[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(count):
        connection.request("GET", f"/order/{number % 10}")
        connection.getresponse().read()
    connection.close()


with Fleet() as fleet:
    names = [name for name in options.runtimes.split(",") if name in runtimes()]
    for absent in sorted(set(options.runtimes.split(",")) - set(names)):
        print(f"not installed: {absent}", file=sys.stderr)
    programs = {name: fleet.start(name, PROGRAMS / "shop.mjs", service="shop", version="1", instance=name) for name in names}
    for name, program in programs.items():
        order(program, options.orders)
        fleet.target(program)
    taken = fleet.cli("snapshot", "take", "--selector", "service=shop", "--json", check=None)
    states = {row["instance"]: (row["state"], row.get("reason")) for row in taken["targets"]}
    table.row("a snapshot of each", "complete", str(states), all(states.get(n, ("absent",))[0] == "complete" for n in names))

    words = ["compare", "--by", "instance", "--selector", "service=shop"]
    report = fleet.cli(*words, "--json")
    groups = [group["name"] for group in report["groups"]]
    table.row("one report over all", f"{len(names)} groups, nothing left out", f"{groups} {report['notes']}",
              groups == sorted(names) and not report["notes"])
    counts = {row["name"]: [group["medianCount"] for group in row["groups"]] for row in report["classes"]}
    for name, each in EACH.items():
        found, planted = counts.get(name, []), each * options.orders
        table.row(f"{name} on {', '.join(groups)}", f"{planted} each", str(found), found == [planted] * len(names))
    sessions = counts.get("Session", [])
    table.row("Session, of ten customers", "10 each", str(sessions), sessions == [10] * len(names))
    by_runtime = fleet.cli("compare", "--by", "runtime", "--selector", "service=shop", "--json")
    shown = {group["name"]: (group["instances"], group["engines"]) for group in by_runtime["groups"]}
    wanted = {name.rstrip("0123456789") for name in names}
    table.row("by runtime", f"{sorted(wanted)}", str(shown), shown.keys() == wanted)
    print("\n" + fleet.cli(*words, "-n", "25"), flush=True)
table.exit()

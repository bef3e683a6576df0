#!/usr/bin/env python3
"""What we say of allocation timelines is what DevTools' own worker says: allocations.py

Each Node records its own allocations; bytes alive by time, allocated and alive by function, and alive by stack with all
its frames are equal, and the file that comes back from columns is equal as JSON. Many such files have more functions than
their header counts; DevTools cannot load them, so it gets the count put right, and we get the file as it is.
"""
from fleet import *

table = Table()
BENCH = SHARED / "bench"
devtools_node = runtimes().get("node24")
resources = pathlib.Path("/usr/lib/chromium/resources.pak")
if not (devtools_node and resources.exists() and BENCH.exists()):
    print("skipped: Node 24, an installed Chromium and ../shared/bench are needed", file=sys.stderr)
    sys.exit(1)
scratch = pathlib.Path(tempfile.mkdtemp(prefix="retinue-allocations-"))


def run(*argv):
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=120, check=True).stdout


def frame(row, name):
    return row[name], row.get("script", row.get("scriptName")), row["line"], row["column"]


def functions(rows, name, allocated_count, allocated_size):
    return sorted((*frame(row, name), row[allocated_count], row[allocated_size], row["liveCount"], row["liveSize"])
                  for row in rows)


def act(name):
    path = scratch / f"{name}.heapsnapshot"
    run(runtimes()[name], PROGRAMS / "timeline.mjs", path)
    theirs = json.loads(run(devtools_node, PROGRAMS / "allocations.mjs", BENCH, scratch / "worker", path))
    mine = json.loads(run(BIN / "retinue", "analyze", path, "--allocations", "--json", "--limit", "8192"))

    different = []
    timeline = [{key: row[key] for key in ("until", "lastID", "liveSize")} for row in mine["timeline"]]
    if timeline != theirs["timeline"]:
        different.append(f"timeline {theirs['timeline'][:3]} here {timeline[:3]}")
    ours = functions(mine["functions"], "function", "allocatedCount", "allocatedSize")
    if ours != functions(theirs["functions"], "name", "count", "size"):
        different.append("functions")
    stacks = {str(row["id"]): ([frame(f, "function") for f in row["frames"]], row["liveCount"], row["liveSize"])
              for row in mine["stacks"]}
    expected = {identifier: ([frame(f, "functionName") for f in row["frames"]], row["liveCount"], row["liveSize"])
                for identifier, row in theirs["stacks"].items()}
    different += [f"stack {i}: {expected.get(i)} here {stacks.get(i)}" for i in stacks.keys() | expected.keys()
                  if stacks.get(i) != expected.get(i)][:2]

    native, back = scratch / f"{name}.native", scratch / f"{name}.back.heapsnapshot"
    run(BIN / "retinue", "snapshot", "convert", path, "--format", "native", "-o", native)
    run(BIN / "retinue", "snapshot", "convert", native, "--format", "heapsnapshot", "-o", back)
    if json.loads(path.read_text()) != json.loads(back.read_text()):
        different.append("the file that came back from columns")
    said = (f"{len(timeline)} times, {len(ours)} functions, {len(stacks)} stacks, header counts {theirs['headerCount']} of "
            f"{theirs['functionCount']} functions; {len(different)} differ {different or ''}")
    return said, not different and len(timeline) > 1 and len(ours) > 3 and len(stacks) > 3


try:
    run(devtools_node, BENCH / "dt-unpak.mjs", resources, scratch / "worker")
    for name in ("node20", "node22", "node24"):
        if name in runtimes():
            table.attempt(f"{name}: allocation timeline", "equal to DevTools' worker and after columns", lambda: act(name))
finally:
    shutil.rmtree(scratch)
table.exit()

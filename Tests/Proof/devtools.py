#!/usr/bin/env python3
"""What we write back is what DevTools' own worker reads: devtools.py

A live snapshot of every Node, of Deno and of a page of Chromium, fetched as .heapsnapshot, has in DevTools' worker the digests
that we compute from the engine's own text; one of Bun, exported as .heapsnapshot, has in DevTools' worker our class counts. The worker is
the one of the installed Chromium, laid out by ../shared/bench.
"""
from browsers import *

table = Table()
BENCH = SHARED / "bench"
PAIRS = (("selfSizes", "self_sizes_u32"), ("dominators", "dominators_u32"), ("retainedSizes", "retained_f64"),
         ("distances", "distances_i32"))
node = runtimes().get("node24")
resources = pathlib.Path("/usr/lib/chromium/resources.pak")
if not (node and resources.exists() and BENCH.exists()):
    print("skipped: Node 24, an installed Chromium and ../shared/bench are needed", file=sys.stderr)
    sys.exit(1)
scratch = pathlib.Path(tempfile.mkdtemp(prefix="retinue-devtools-"))


def devtools(path):
    """What DevTools' own worker says of a file."""
    done = subprocess.run([node, "--max-old-space-size=8000", BENCH / "dt-oracle.mjs", scratch / "worker", path],
                          capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise Missed(f"DevTools' worker: {done.stderr.strip()[:700]}")
    return json.loads(done.stdout)


def ours(*arguments):
    done = subprocess.run([str(BIN / "retinue"), "analyze", *map(str, arguments), "--json"], capture_output=True, text=True,
                          timeout=300, check=True)
    return json.loads(done.stdout)


PAGE = """<!doctype html><title>held</title><body><script>
class Held { constructor(i) { this.name = 'held ' + i; this.node = document.createElement('p'); } }
window.held = Array.from({ length: 5000 }, (_, i) => new Held(i));
window.apart = document.createElement('div');
window.apart.append(...window.held.slice(0, 100).map((one) => one.node));
document.body.append(window.held[4000].node);
</script>"""


def program_of(fleet, runtime):
    """A running program or page, and its target."""
    if runtime == "chromium":
        page = scratch / "page.html"
        page.write_text(PAGE)
        program = start_page(fleet, runtime, page.as_uri(), service=runtime)
        row = until("the page", 60, lambda: page_row(fleet.cli("targets", "--json"), runtime, page.as_uri()))
        return program, row["id"]
    program = fleet.start(runtime, PROGRAMS / "heap.mjs", 3, service=runtime)
    program.expect("READY", 60)
    return program, fleet.target(program)["id"]


def snapshot(fleet, runtime, form):
    program, target = program_of(fleet, runtime)
    taken = fleet.cli("snapshot", "take", "--target", target, "--json")["targets"][0]
    if taken["state"] != "complete":
        raise Missed(str(taken))
    path = scratch / f"{runtime}.{form}"
    fleet.cli("snapshot", "get", taken["snapshotID"], "--format", form, "-o", path)
    program.end()
    return taken["snapshotID"], path


def written_back(fleet, runtime):
    identifier, path = snapshot(fleet, runtime, "heapsnapshot")
    native = scratch / f"{runtime}.native"
    fleet.cli("snapshot", "get", identifier, "--format", "native", "-o", native)
    mine, theirs = ours(native, "--digests")["digests"], devtools(path)["digests"]
    equal = [a for a, b in PAIRS if mine[a]["sha256"] == theirs[b]["sha256"]]
    return f"{len(equal)} of 4 digests equal, {path.stat().st_size / 1e6:.1f} MB", len(equal) == 4


def exported(fleet):
    identifier, path = snapshot(fleet, "bun", "heapsnapshot")
    counts = {}
    for row in ours(path)["classes"]:
        counts[row["name"]] = counts.get(row["name"], 0) + row["count"]
    theirs = {}
    for row in devtools(path)["classes"]:
        theirs[row["name"]] = theirs.get(row["name"], 0) + row["count"]
    different = [name for name in counts.keys() | theirs.keys() if counts.get(name) != theirs.get(name)]
    return f"{len(counts)} classes, {len(different)} differ {different[:3]}", not different and len(counts) > 20


try:
    subprocess.run([node, BENCH / "dt-unpak.mjs", resources, scratch / "worker"], check=True, capture_output=True, timeout=60)
    with Fleet() as fleet:
        for name in ("node20", "node22", "node24", "deno", "chromium"):
            if name in all_runtimes():
                table.attempt(f"{name}: written back", "loads in DevTools' worker, digests equal",
                              lambda: written_back(fleet, name))
        if "bun" in runtimes():
            table.attempt("bun: exported", "class counts in DevTools' worker equal ours", lambda: exported(fleet))
finally:
    shutil.rmtree(scratch)
table.exit()

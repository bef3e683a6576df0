#!/usr/bin/env python3
"""Heaps of real programs are those that DevTools shows, and hold no leak while they rest: real_programs.py [NAME[-RUNTIME]...]

A compiler (TypeScript), an editor's language servers (tsserver, basedpyright) and a bundler (rollup) do a real piece of
work on each Node, and the two that run there on Deno, and rest. Of each: three snapshots in a series have no finding; the
digests and every class's count of the last are those of DevTools' own worker, of the installed Chromium. The programs are
the installed ones of Debian (node-typescript, rollup); basedpyright is looked for in RETINUE_PYRIGHT, else fetched by pip.
"""
from fleet import *

table = Table()
BENCH = SHARED / "bench"
DEBIAN = pathlib.Path("/usr/share/nodejs")
node = runtimes().get("node24")
resources = pathlib.Path("/usr/lib/chromium/resources.pak")
if not (node and resources.exists() and BENCH.exists()):
    print("skipped: Node 24, an installed Chromium and ../shared/bench are needed", file=sys.stderr)
    sys.exit(1)
scratch = pathlib.Path(tempfile.mkdtemp(prefix="retinue-real-"))


def pyright():
    folder = os.environ.get("RETINUE_PYRIGHT")
    if not folder:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", scratch / "pip",
                        "basedpyright"], check=True, capture_output=True, timeout=300)
        folder = scratch / "pip/basedpyright"
    return pathlib.Path(folder)


def compiler(fleet, runtime):
    program = fleet.start(runtime, PROGRAMS / "rest.cjs", "compiler", DEBIAN / "typescript", service=f"compiler-{runtime}",
                          flags=["--v8-flags=--max-old-space-size=4000" if runtime == "deno" else "--max-old-space-size=4000"])
    program.expect("READY", 240)
    return program


def bundler(fleet, runtime):
    rollup = DEBIAN / "rollup"
    program = fleet.start(runtime, PROGRAMS / "rest.cjs", "bundler", rollup, rollup / "dist/es/shared/rollup.js",
                          service=f"bundler-{runtime}")
    program.expect("READY", 240)
    return program


def language_server(fleet, runtime):
    """tsserver with a file of TypeScript's own open, and its diagnostics asked for."""
    program = fleet.start(runtime, DEBIAN / "typescript/lib/tsserver.js", "--disableAutomaticTypingAcquisition",
                          service=f"tsserver-{runtime}")
    file = str(DEBIAN / "typescript/lib/typescript.d.ts")
    for number, (command, arguments) in enumerate([("open", {"file": file}), ("geterr", {"files": [file], "delay": 0})]):
        program.say(json.dumps({"seq": number, "type": "request", "command": command, "arguments": arguments}))
    program.expect('{"seq":0,"type":"event","event":"requestCompleted"', 240)
    return program


def pyright_server(fleet, runtime):
    """basedpyright's language server with one Python file open, until it has published diagnostics of it."""
    program = fleet.start(runtime, pyright() / "langserver.index.js", "--stdio", service=f"pyright-{runtime}")
    source = (pathlib.Path(__file__).parent / "fleet.py").read_text()
    uri = (scratch / "fleet.py").as_uri()

    def send(**message):
        text = json.dumps({"jsonrpc": "2.0", **message})
        program.process.stdin.write(f"Content-Length: {len(text.encode())}\r\n\r\n{text}")
        program.process.stdin.flush()
    send(id=1, method="initialize", params={"processId": None, "rootUri": scratch.as_uri(), "capabilities": {}})
    send(method="initialized", params={})
    send(method="textDocument/didOpen",
         params={"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": source}})

    def has_answered():
        # A message ends without a line, so the next one brings it.
        send(id=2, method="textDocument/hover", params={"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}})
        return any("publishDiagnostics" in line for line in program.lines)
    until("diagnostics", 240, has_answered, every=2)
    return program


PROGRAMS_AT_REST = {"compiler": compiler, "tsserver": language_server, "pyright": pyright_server, "bundler": bundler}
# Deno takes the CommonJS of the servers for modules.
ON_DENO = {"compiler", "bundler"}
INSTALLED = {"compiler": DEBIAN / "typescript", "tsserver": DEBIAN / "typescript", "bundler": DEBIAN / "rollup"}


def devtools(path):
    done = subprocess.run([node, "--max-old-space-size=8000", BENCH / "dt-oracle.mjs", scratch / "worker", path],
                          capture_output=True, text=True, timeout=500)
    if done.returncode:
        raise Missed(f"DevTools' worker: {done.stderr.strip()[:700]}")
    return json.loads(done.stdout)


def ours(path):
    done = subprocess.run([str(BIN / "retinue"), "analyze", str(path), "--json", "--digests"], capture_output=True, text=True,
                          timeout=300, check=True)
    return json.loads(done.stdout)


def snapshots(fleet, program, name, rest):
    target = fleet.target(program)["id"]
    for mark in ("baseline", "action", "repeat"):
        time.sleep(rest)
        taken = fleet.cli("snapshot", "take", "--target", target, "--series", name, "--mark", mark, "--json", timeout=400)
        if (row := taken["targets"][0])["state"] != "complete":
            raise Missed(f"{mark}: {row}")
    return row["snapshotID"]


def silent(fleet, name, service):
    found = fleet.cli("leaks", "--selector", f"service={service}", "--series", name, "--json", check=(0, 3), timeout=500)
    said = [(f["class"], f["objectsPerStep"], f["bytesPerStep"], f["rule"], f["retainerPath"]) for f in found["findings"]]
    return str(said or "silent"), not said and found["targetsExamined"] == 1


def equal(fleet, identifier, name):
    path = scratch / f"{name}.heapsnapshot"
    fleet.cli("snapshot", "get", identifier, "--format", "heapsnapshot", "-o", path)
    mine, theirs = ours(path), devtools(path)
    pairs = (("selfSizes", "self_sizes_u32"), ("dominators", "dominators_u32"), ("retainedSizes", "retained_f64"),
             ("distances", "distances_i32"))
    wrong = [a for a, b in pairs if mine["digests"][a]["sha256"] != theirs["digests"][b]["sha256"]]
    # Where classes of one key overwrite each other in DevTools, our row says what it shows.
    counts = {row["key"]: row.get("countInDevTools") or row["count"] for row in mine["classes"]}
    expected = {row["key"]: row["count"] for row in theirs["classes"]}
    different = [key for key in counts.keys() | expected.keys() if counts.get(key) != expected.get(key)]
    said = f"{mine['nodeCount']} objects, {path.stat().st_size / 1e6:.0f} MB, {len(counts)} classes"
    path.unlink()
    if wrong or different:
        said += f"; differ: {wrong}, {len(different)} classes {[(k, counts.get(k), expected.get(k)) for k in different[:3]]}"
    return said, not wrong and not different


try:
    subprocess.run([node, BENCH / "dt-unpak.mjs", resources, scratch / "worker"], check=True, capture_output=True, timeout=60)
    for chosen in sys.argv[1:] or PROGRAMS_AT_REST:
        kind, _, only = chosen.partition("-")
        if kind in INSTALLED and not INSTALLED[kind].exists():
            print(f"left out: {kind} is not installed ({INSTALLED[kind]})")
            continue
        for runtime in ("node20", "node22", "node24", "deno"):
            if runtime not in runtimes() or only not in ("", runtime) or runtime == "deno" and kind not in ON_DENO:
                continue
            name = f"{kind}-{runtime}"
            with Fleet() as fleet:
                try:
                    program = PROGRAMS_AT_REST[kind](fleet, runtime)
                    last = snapshots(fleet, program, name, rest=3)
                    program.end()
                except (Missed, subprocess.SubprocessError) as error:
                    table.row(f"{name} runs", "and rests", str(error)[:500], False)
                    continue
                table.attempt(f"{name}: at rest", "no finding", lambda: silent(fleet, name, name))
                table.attempt(f"{name}: numbers", "digests and classes as in DevTools", lambda: equal(fleet, last, name))
    table.row("rows", ">= 2", len(table.rows), len(table.rows) >= 2)
finally:
    shutil.rmtree(scratch)
table.exit()

#!/usr/bin/env python3
"""Every runtime at once under one agent and one collector: runtimes.py [--runtimes node24,deno,bun,...]

Each runs the same program (programs/planted.js; for workerd the same as a Worker), which plants 50,000 objects of
one class in each of two steps. All are found by the agent itself, sampled where the engine can, snapshotted in a
series of three with a step between, and analysed: the planted class with its count must be the first finding in
each heap, and its 100,000 objects in the class table. At the end stands one table. What is not installed is named
and is a miss only where it was asked for.
"""
import argparse, http.server, urllib.request
from browsers import *

EVERY = ["node24", "deno", "bun", "workerd", "chromium", "firefox", "webkitgtk"]
MIB = 1 << 20
COUNT = 50_000
STEPS = ("baseline", "action", "repeat")
# Firefox's parent process, a heap of its own, is in no selector: all its tabs would stand still with it.
CHOSEN = "service=planted"


class Control(http.server.ThreadingHTTPServer):
    """Tells each program, by its own path, which step it is at, and keeps which one it has done.

    Serves the page as well, under the same path: so a page's address is its runtime's own.
    """
    daemon_threads = True

    def __init__(self):
        self.step, self.done = 0, {}
        script = (PROGRAMS / "planted.js").read_bytes()
        page = b"<!doctype html><title>planted</title><script src=/planted.js></script>"
        control = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name, *rest = self.path.strip("/").split("/")
                body, kind = b"", "text/plain"
                if rest == ["step"]:
                    control.done.setdefault(name, 0)
                    body = str(control.step).encode()
                elif rest[:1] == ["done"]:
                    control.done[name] = int(rest[1])
                elif name == "planted.js":
                    body, kind = script, "text/javascript"
                elif name in EVERY and not rest:
                    body, kind = page, "text/html"
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


WORKER = """
class PlantedLeak { constructor(number) { this.number = number; } }
const plantedRegistry = [];
export default {
  async fetch() {
    for (let number = 0; number < %d; number++) plantedRegistry.push(new PlantedLeak(number));
    return new Response("done");
  }
};
""" % COUNT
CONFIG = """using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [ (name = "main", worker = .mainWorker) ],
  sockets = [ (name = "http", address = "127.0.0.1:%d", http = (), service = "main") ]
);
const mainWorker :Workerd.Worker = (
  modules = [ (name = "worker.mjs", esModule = embed "worker.mjs") ],
  compatibilityDate = "2026-08-01"
);
"""


class Runtime:
    """A running runtime, what makes it take a step, and which target of the fleet is its heap."""

    def __init__(self, fleet, name, control):
        self.name, self.worker = name, None
        self.address = f"{control.address}/{name}"
        if name in NAMES:
            self.program = start_page(fleet, name, self.address, service="planted", version=name)
            return
        scratch = fleet.folder / name
        scratch.mkdir()
        env = dict(os.environ, NO_COLOR="1", RETINUE_SERVICE="planted", RETINUE_VERSION=name, RETINUE_INSTANCE=name,
                   RETINUE_ENVIRONMENT=fleet.mark, CONTROL=self.address)
        argv = getattr(self, name.rstrip("0123456789"))(all_runtimes()[name], scratch, env)
        self.program = Program(argv, env=env, cwd=str(scratch))
        fleet.programs.append(self.program)

    def node(self, path, scratch, env):
        return [path, "--inspect=127.0.0.1:0", str(PROGRAMS / "planted.js")]

    def deno(self, path, scratch, env):
        # Two at a time on one cache get in each other's way.
        env["DENO_DIR"] = str(scratch / "cache")
        return [path, "run", "-A", "--inspect=127.0.0.1:0", str(PROGRAMS / "planted.js")]

    def bun(self, path, scratch, env):
        env["BUN_INSPECT"] = "ws://127.0.0.1:0/planted"
        return [path, str(PROGRAMS / "planted.js")]

    def workerd(self, path, scratch, env):
        port = free_port()
        (scratch / "worker.mjs").write_text(WORKER)
        (scratch / "config.capnp").write_text(CONFIG % port)
        self.worker = f"http://127.0.0.1:{port}/"
        return [path, "serve", str(scratch / "config.capnp"), f"--inspector-addr=127.0.0.1:{free_port()}"]

    def target(self, rows):
        """The row of the heap that the program runs in."""
        if self.name in NAMES:
            return page_row(rows, self.name, self.address)
        return next((row for row in rows if row["instance"].split("/")[0] == self.name
                     and row["state"] in ("attached", "visiting") and "snapshot" in row["capabilities"]), None)


def targets(fleet, started):
    rows = fleet.cli("targets", "--selector", "service=planted", "--json")
    return {one.name: row for one in started if (row := one.target(rows))}


def step(control, started):
    """All plant once more."""
    control.step += 1
    for one in started:
        if one.worker:
            urllib.request.urlopen(one.worker, timeout=60).read()
            control.done[one.name] = control.step
    until("every program has planted", 60,
          lambda: all(control.done.get(one.name, 0) >= control.step for one in started))


def take(fleet, wanted, mark):
    """One step of the series on all; what became of each that has no snapshot."""
    taken = fleet.cli("snapshot", "take", "--selector", CHOSEN, "--series", "planted", "--mark", mark, "--json",
                      timeout=400, check=None)
    states = {row["targetID"]: (row["state"], row.get("reason")) for row in taken["targets"]}
    return {name: state for name, row in wanted.items()
            if (state := states.get(row["id"], ("absent", None)))[0] != "complete"}


class Peak:
    """The most that agent and guardian had resident together, looked at ten times a second."""

    def __init__(self, fleet):
        self.fleet, self.bytes, self.over = fleet, 0, threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self.over.wait(0.1):
            with contextlib.suppress(OSError):
                self.bytes = max(self.bytes, resident(self.fleet.agent_processes()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def show(rows):
    """Prints rows of text as a table, the first of them its head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(text.ljust(width) if column < 3 else text.rjust(width)
                        for column, (text, width) in enumerate(zip(row, widths))).rstrip(), flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(EVERY))
options = parser.parse_args()
table = Table()
began = time.monotonic()
phases = {}


def phase(name, act):
    start = time.monotonic()
    try:
        return act()
    finally:
        phases[name] = phases.get(name, 0) + time.monotonic() - start


with Fleet() as fleet, Peak(fleet) as peak:
    control = Control()
    wanted = options.runtimes.split(",")
    for name in wanted:
        if name not in all_runtimes():
            table.row(f"{name} is installed", "yes", "no", False)
    started = [Runtime(fleet, name, control) for name in wanted if name in all_runtimes()]
    try:
        found = phase("found", lambda: until(
            "every runtime attached", 120,
            lambda: (rows := targets(fleet, started)).keys() == {one.name for one in started} and rows, every=1))
        phase("found", lambda: until(
            "every program runs", 60, lambda: all(one.worker or one.name in control.done for one in started)))
    except Missed:
        found = targets(fleet, started)
        rows = [(r["instance"], r["title"], r["state"], r["stateDetail"]) for r in fleet.cli("targets", "--json")]
        for one in started:
            if one.name not in found or not one.worker and one.name not in control.done:
                table.row(f"{one.name} found", "attached by itself, and running",
                          f"{[row for row in rows if row[0].startswith(one.name)]}, ended with "
                          f"{one.program.process.poll()}, {one.program.errors[-30:]}", False)
    running = [one for one in started if one.name in found]

    profile = phase("sampled", lambda: fleet.cli(
        "profile", "--selector", CHOSEN, "--duration", "5s", "--json", check=None, timeout=120))
    sampled = {row["targetID"] for row in profile["targets"] if row["state"] == "done"} if profile else set()
    able = {row["id"]: name for name, row in found.items() if "sampling" in row["capabilities"]}
    table.row("sampled at once", "each heap whose engine can", f"{sorted(able[i] for i in sampled if i in able)}",
              able.keys() <= sampled)

    for mark in STEPS:
        if mark != STEPS[0]:
            phase("planted", lambda: step(control, running))
        left_out = phase("snapshots", lambda: take(fleet, found, mark))
        table.row(f"{mark}: a snapshot of each", "complete", str(left_out or "all"), not left_out)

    leaks = phase("leaks", lambda: fleet.cli(
        "leaks", "--selector", CHOSEN, "--series", "planted", "--json", check=(0, 3), timeout=300))
    snapshots = fleet.cli("snapshot", "list", "--selector", CHOSEN, "--series", "planted", "--json")["snapshots"]
    shown = [["RUNTIME", "TARGET", "CLASS", "COUNT", "PER STEP", "OBJECTS", "TEXT", "STORED", "STILL s", "RULE"]]
    for name, row in found.items():
        sites = [(f["class"], s["objectsPerStep"], f["rule"]) for f in leaks["findings"] for s in f["sites"]
                 if s["targetID"] == row["id"]]
        taken = [s for s in snapshots if s["targetID"] == row["id"] and s["state"] == "complete"]
        classes = fleet.cli("analyze", taken[0]["snapshotID"], "--json")["classes"] if taken else []
        count = sum(c["count"] for c in classes if c["name"] == "PlantedLeak")
        first = sites[0] if sites else ("nothing", [], "–")
        held = first[:2] == ("PlantedLeak", [COUNT, COUNT]) and count == 2 * COUNT
        table.row(f"{name}: planted class and count", f"PlantedLeak, {COUNT} per step, first; {2 * COUNT} in all",
                  f"{first[0]} {first[1]}, {count} in all", held)
        if taken:
            shown.append([f"{name} {row['runtimeVersion']}".strip(), row["id"][:8], first[0], str(count),
                          "+".join(map(str, first[1])), str(taken[0]["nodeCount"]),
                          f"{taken[0]['textBytes'] / 1e6:.1f} MB", f"{taken[0]['storedBytes'] / 1e6:.2f} MB",
                          f"{sum(s['pause'] or 0 for s in taken) / 1e3:.1f}", first[2]])
    table.row("agent, both processes, at its peak", "<= 64 MiB", f"{peak.bytes / MIB:.1f} MiB", peak.bytes <= 64 * MIB)
    took = time.monotonic() - began
    table.row("all of it", "<= 10 min",
              f"{took / 60:.1f} min ({', '.join(f'{name} {seconds:.0f} s' for name, seconds in phases.items())})", took <= 600)
    print()
    show(shown)
    control.shutdown()
table.exit()

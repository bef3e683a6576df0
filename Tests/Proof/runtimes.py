#!/usr/bin/env python3
"""Every runtime at once under one agent and one collector: runtimes.py [--runtimes node24,deno,bun,...] [--minutes 10]

Each runs the same program (programs/planted.js; for workerd the same as a Worker), which plants 50,000 objects of
one class in each of two steps. All are found by the agent itself, sampled where the engine can, snapshotted in a
series of three with a step between, and analysed: the planted class with its count must be the first finding in
each heap. Then the same service on Node, Bun and Deno is compared class by class. What is not installed is named.
"""
import argparse, http.server
from fleet import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default="node24,bun,deno,workerd,chromium,firefox,webkitgtk")
options = parser.parse_args()
table = Table()
MIB = 1 << 20
COUNT = 50_000


class Control(http.server.ThreadingHTTPServer):
    """Tells every program which step it is at, and counts who has done it."""
    daemon_threads = True

    def __init__(self):
        self.step, self.done = 0, 0
        self.lock = threading.Lock()
        script = (PROGRAMS / "planted.js").read_bytes()
        page = b"<!doctype html><title>planted</title><script src=/planted.js></script>"
        control = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body, kind = b"", "text/plain"
                if self.path == "/step":
                    body = str(control.step).encode()
                elif self.path == "/done":
                    with control.lock:
                        control.done += 1
                elif self.path == "/planted.js":
                    body, kind = script, "text/javascript"
                else:
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


def free_port():
    import socket
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


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


class Started:
    """A running runtime: its processes, and what makes it take a step beside the control server."""

    def __init__(self, fleet, name, control):
        self.name, self.request = name, None
        scratch = fleet.folder / name
        scratch.mkdir()
        env = dict(os.environ, NO_COLOR="1", RETINUE_SERVICE="planted", RETINUE_VERSION=name, RETINUE_INSTANCE=name,
                   RETINUE_ENVIRONMENT=fleet.mark, CONTROL=control.address, HOME=str(scratch))
        page = control.address + "/"
        script = str(PROGRAMS / "planted.js")
        paths = all_runtimes()
        argvs = {
            "bun": lambda: [paths["bun"], script],
            "deno": lambda: [paths["deno"], "run", "-A", "--inspect=127.0.0.1:0", script],
            "workerd": lambda: [paths["workerd"], "serve", str(scratch / "config.capnp"), f"--inspector-addr=127.0.0.1:{free_port()}"],
            "chromium": lambda: [paths["chromium"], "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
                                 f"--user-data-dir={scratch}/profile", page],
            "firefox": lambda: [paths["firefox"], "--headless", "--no-remote", "--profile", str(scratch), "--start-debugger-server",
                                str(free_port()), page],
            "webkitgtk": lambda: [paths["webkitgtk"], page],
        }
        if name == "bun":
            env["BUN_INSPECT"] = "ws://127.0.0.1:0/planted"
        if name == "firefox":
            prefs = ("devtools.debugger.remote-enabled", "devtools.chrome.enabled")
            text = "".join(f'user_pref("{p}", true);\n' for p in prefs)
            (scratch / "user.js").write_text(text + 'user_pref("devtools.debugger.prompt-connection", false);\n')
        if name == "webkitgtk":
            display = f":{90 + os.getpid() % 100}"
            fleet.programs.append(Program(["Xvfb", display, "-screen", "0", "1024x768x24", "-nolisten", "tcp"]))
            time.sleep(1)
            env.update(DISPLAY=display, WEBKIT_INSPECTOR_HTTP_SERVER=f"127.0.0.1:{free_port()}", GDK_BACKEND="x11",
                       WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS="1", LIBGL_ALWAYS_SOFTWARE="1")
        if name == "workerd":
            port = free_port()
            (scratch / "worker.mjs").write_text(WORKER)
            (scratch / "config.capnp").write_text(CONFIG % port)
            self.request = f"http://127.0.0.1:{port}/"
        argv = argvs[name]() if name in argvs else [paths[name], "--inspect=127.0.0.1:0", script]
        self.program = Program(argv, env=env, cwd=str(scratch))
        fleet.programs.append(self.program)


def heaps(fleet):
    """The target of each runtime whose heap holds what is planted."""
    found = {}
    for row in fleet.cli("targets", "--selector", "service=planted", "--json"):
        if row["state"] in ("attached", "visiting") and "snapshot" in row["capabilities"]:
            name, _, inner = row["instance"].partition("/")
            # Of a browser the page counts, which is behind the process itself.
            if name in ("chromium", "firefox", "webkitgtk") and "planted" not in row["title"] and "127.0.0.1" not in row["title"]:
                continue
            found.setdefault(name, row["id"])
    return found


def step(started, control):
    import urllib.request
    before, own = control.done, [s for s in started if not s.request]
    control.step += 1
    for one in started:
        if one.request:
            urllib.request.urlopen(one.request, timeout=60).read()
    until("every program has planted", 60, lambda: control.done >= before + len(own))


def take(fleet, targets, mark):
    taken = fleet.cli("snapshot", "take", "--selector", "service=planted", "--series", "planted", "--mark", mark, "--json",
                      timeout=500, check=None)
    states = {row["targetID"]: (row["state"], row.get("reason")) for row in taken["targets"]}
    for name, target in targets.items():
        if states.get(target, ("absent",))[0] != "complete":
            print(f"  {name}: {mark}: {states.get(target)}", file=sys.stderr)


with Fleet() as fleet:
    began = time.monotonic()
    control = Control()
    wanted = options.runtimes.split(",")
    absent = [name for name in wanted if name not in all_runtimes()]
    if absent:
        print(f"not installed: {', '.join(absent)}", file=sys.stderr)
    started = [Started(fleet, name, control) for name in wanted if name not in absent]
    highest, done = 0, threading.Event()

    def watch():
        global highest
        while not done.wait(0.1):
            try:
                highest = max(highest, resident(fleet.agent_processes()))
            except OSError:
                pass
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        names = {one.name for one in started}
        try:
            targets = until("every runtime attached", 90, lambda: (lambda f: f if names <= f.keys() else None)(heaps(fleet)), every=1)
        except Missed:
            targets = heaps(fleet)
            rows = [(r["instance"], r["state"], r["stateDetail"]) for r in fleet.cli("targets", "--json")]
            for name in sorted(names - targets.keys()):
                seen = [row for row in rows if row[0].startswith(name)]
                table.row(f"{name} found", "attached by itself", str(seen), False)
        profile = fleet.cli("profile", "--selector", "service=planted", "--duration", "5s", "--json", check=None, timeout=120)
        sampled = sum(1 for row in profile["targets"] if row["state"] == "done") if profile else 0
        for mark in ("baseline", "action", "repeat"):
            if mark != "baseline":
                step([one for one in started if one.name in targets], control)
            take(fleet, targets, mark)
        found = fleet.cli("leaks", "--selector", "service=planted", "--series", "planted", "--json", check=(0, 3), timeout=300)
        for name, target in sorted(targets.items()):
            sites = [(f["class"], s["objectsPerStep"]) for f in found["findings"] for s in f["sites"] if s["targetID"] == target]
            table.row(f"{name}: planted class and count", f"PlantedLeak, {COUNT} per step, first", str(sites[:3]),
                      bool(sites) and sites[0] == ("PlantedLeak", [COUNT, COUNT]))
        able = sum(1 for row in fleet.cli("targets", "--selector", "service=planted", "--json") if "sampling" in row["capabilities"])
        table.row("sampled at once", "each heap whose engine can", f"{sampled} of {able}", sampled == able)
        pair = [name for name in ("node24", "bun", "deno") if name in targets]
        for other in pair[1:]:
            compared = fleet.cli("compare", "--base", f"service=planted,version={pair[0]}", "--main",
                                 f"service=planted,version={other}", "--json", check=(0, 3))
            table.row(f"{pair[0]} against {other}, class by class", "one report", f"{len(compared['classes'])} classes",
                      len(compared["classes"]) > 10)
        table.row("agent, both processes", "<= 64 MiB", f"{highest / MIB:.1f} MiB", highest <= 64 * MIB)
        took = time.monotonic() - began
        table.row("all of it", "<= 10 min", f"{took / 60:.1f} min", took <= 600)
    finally:
        done.set()
        watcher.join()
        control.shutdown()
table.exit()

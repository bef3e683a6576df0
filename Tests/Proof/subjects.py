"""Starts every kind of runtime with a program that obeys (programs/obey.js), and does to it what can go wrong."""
import http.client, http.server, urllib.request
from browsers import *

EVERY = ["node24", "deno", "bun", "workerd", "wrangler", "chromium", "firefox", "webkitgtk"]
# What is behind a page: the process of its engine.
RENDERERS = {"chromium": "--type=renderer", "firefox": "-contentproc", "webkitgtk": "WebKitWebProcess"}



def chosen(names):
    """Those of a list of names that are here, in its order; `scripts` stands for all that run a script."""
    names = [name for part in names.split(",") for name in (runtimes() if part == "scripts" else [part])]
    return [name for name in names if name in all_runtimes()]


WORKER = """
class ObeyItem { constructor(number) { this.number = number; this.label = "item " + number; } }
class Planted { constructor(number) { this.number = number; } }
globalThis.planted = [];
globalThis.kept = Array.from({ length: %d }, (_, number) => new ObeyItem(number));
let printed = [];
export default {
  async fetch(request) {
    const [order, argument] = new URL(request.url).pathname.slice(1).split("/");
    if (order === "busy") for (let left = Number(argument); left > 0; left--) kept[left %% kept.length].number = left;
    if (order === "print") {
      for (let number = 0; number < Number(argument); number++) {
        const object = { number };
        printed.push(new WeakRef(object));
        console.log(object);
      }
    }
    if (order === "grow") for (let number = 0; number < Number(argument); number++) planted.push(new Planted(number));
    if (order === "work") doWork(Number(argument));
    if (order === "count") {
      for (let round = 0; round < 40; round++) {
        globalThis.waste = Array.from({ length: 100000 }, (_, number) => ({ number, waste: [number] }));
        await new Promise((done) => setTimeout(done, 20));
      }
      return new Response(String(printed.filter((reference) => reference.deref()).length));
    }
    return new Response("done");
  }
};
"""
WORK = (PROGRAMS / "work.js").read_text()
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


class Orders(http.server.ThreadingHTTPServer):
    """What each program is to do, by its own name, and how often it has said that it is done.

    Serves the page as well, under the same path: so a page's address is its program's own.
    """
    daemon_threads = True

    def __init__(self):
        self.pending, self.done, self.asked, self.alive = {}, {}, {}, {}
        page = b"<!doctype html><title>obey</title><script src=/work.js></script><script src=/obey.js></script>"
        orders = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name, *rest = self.path.strip("/").split("/")
                body, kind = b"", "text/plain"
                if rest[1:] == ["order"]:
                    orders.asked[name] = orders.asked.get(name, 0) + 1
                    body = orders.pending.pop(name, "").encode()
                elif rest[1:] == ["done"]:
                    orders.done[name] = orders.done.get(name, 0) + 1
                elif rest[1:2] == ["alive"]:
                    orders.alive[name] = int(rest[2])
                elif name in ("obey.js", "work.js"):
                    body, kind = (PROGRAMS / name).read_bytes(), "text/javascript"
                elif len(rest) == 1:
                    body, kind = page, "text/html"
                with contextlib.suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        """A program that ends in the middle of a request is what this is for."""


# All that were started, for when this program is told to end.
STARTED = []


def _end_all(number, _):
    for subject in STARTED:
        # Each leads a group of its own.
        with contextlib.suppress(OSError):
            os.killpg(subject.program.pid, signal.SIGKILL)
    os._exit(128 + number)


signal.signal(signal.SIGTERM, _end_all)


class Subject:
    """A running program of a kind, its processes (a session of their own), and the row of its heap."""

    def __init__(self, fleet, kind, orders, name, count=1000, service="subject", watched=True):
        self.fleet, self.kind, self.orders, self.name, self.count = fleet, kind, orders, name, count
        self.path = f"/{name}/{count}"
        self.address = f"http://127.0.0.1:{orders.port}{self.path}"
        self.elsewhere = f"http://localhost:{orders.port}{self.path}"
        self.entry, self.target_id, self.loops = None, None, None
        self.is_page, self.is_over = kind in NAMES, False
        # The agent leaves alone what does not belong to its fleet.
        environment = fleet.mark if watched else "nobody"
        STARTED.append(self)
        prefix = ("setsid", "nice", "-n", "5")
        if self.is_page:
            self.program = start_page(fleet, kind, self.address, service, version=kind, instance=name, prefix=prefix,
                                      environment=environment)
            return
        scratch = fleet.folder / name
        scratch.mkdir()
        env = dict(os.environ, NO_COLOR="1", RETINUE_SERVICE=service, RETINUE_VERSION=kind, RETINUE_INSTANCE=name,
                   RETINUE_ENVIRONMENT=environment, CONTROL=self.address)
        argv = getattr(self, "_" + kind.rstrip("0123456789"))(all_runtimes()[kind], scratch, env)
        self.program = Program([*prefix, *argv], env=env, cwd=str(scratch), stdin=False)
        fleet.programs.append(self.program)

    def _node(self, path, scratch, env):
        return [path, "--expose-gc", "--inspect=127.0.0.1:0", str(PROGRAMS / "obey.js")]

    def _deno(self, path, scratch, env):
        # Two at a time on one cache get in each other's way.
        env["DENO_DIR"] = str(scratch / "cache")
        return [path, "run", "-A", "--inspect=127.0.0.1:0", str(PROGRAMS / "obey.js")]

    def _bun(self, path, scratch, env):
        env["BUN_INSPECT"] = "ws://127.0.0.1:0/subject"
        return [path, str(PROGRAMS / "obey.js")]

    def _workerd(self, path, scratch, env):
        port = free_port()
        (scratch / "worker.mjs").write_text(WORK + WORKER % self.count)
        (scratch / "config.capnp").write_text(CONFIG % port)
        self.entry = f"http://127.0.0.1:{port}/"
        return [path, "serve", str(scratch / "config.capnp"), f"--inspector-addr=127.0.0.1:{free_port()}"]

    def _wrangler(self, path, scratch, env):
        port = free_port()
        (scratch / "worker.mjs").write_text(WORK + WORKER % self.count)
        (scratch / "wrangler.json").write_text(json.dumps(
            {"name": "obey", "main": "worker.mjs", "compatibility_date": "2026-08-01"}))
        (scratch / "home").mkdir()
        env.update(WRANGLER_SEND_METRICS="false", CI="1", CLOUDFLARE_CF_FETCH_ENABLED="false", HOME=str(scratch / "home"))
        self.entry = f"http://127.0.0.1:{port}/"
        return [runtimes()["node24"], path, "dev", "--local", "--ip", "127.0.0.1", "--port", str(port),
                "--inspector-port", str(free_port()), "--show-interactive-dev-session=false"]

    # Its processes.
    def processes(self):
        """Pid -> command line of all processes of its session.

        As long as the first of them lives they are its descendants, which are found without a look at all of the host.
        """
        found = {}
        self.program.process.poll()
        for pid in descendants(self.program.pid) or map(int, filter(str.isdigit, os.listdir("/proc"))):
            with contextlib.suppress(OSError, IndexError):
                fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
                if int(fields[3]) == self.program.pid and fields[0] != "Z":
                    found[pid] = open(f"/proc/{pid}/cmdline", errors="replace").read().replace("\0", " ")
        return found

    def signal(self, number, processes=None):
        """Sends a signal to some of its processes, else to all."""
        for pid in processes or self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def main(self):
        """The process that a person would end: of Debian's Chromium not the script that started it."""
        return next((pid for pid, line in self.processes().items() if self.kind != "chromium"
                     or "--remote-debugging-port" in line and "--type=" not in line and "/bin/sh" not in line),
                    self.program.pid)

    def nanoseconds(self, engine_only=False):
        """CPU time of all threads of its processes, as the scheduler counts it; or of those of a page's engine."""
        sign, total = RENDERERS.get(self.kind) if engine_only else None, 0
        for pid, line in self.processes().items():
            if sign is None or sign in line:
                with contextlib.suppress(OSError):
                    for task in os.listdir(f"/proc/{pid}/task"):
                        total += int(open(f"/proc/{pid}/task/{task}/schedstat").read().split()[0])
        return total

    def ports(self):
        """Ports on which its processes listen, but for the entry of a worker."""
        inodes = set()
        for pid in self.processes():
            with contextlib.suppress(OSError):
                for name in os.listdir(f"/proc/{pid}/fd"):
                    with contextlib.suppress(OSError):
                        inodes.add(os.readlink(f"/proc/{pid}/fd/{name}"))
        listening = {port for port, inode in sockets("0A") if f"socket:[{inode}]" in inodes}
        return listening - ({int(self.entry.rsplit(":", 1)[1].strip("/"))} if self.entry else set())

    @property
    def is_running(self):
        return bool(self.processes())

    def end(self):
        self.is_over = True
        self.signal(signal.SIGKILL)
        self.program.end(5)

    # What it is told.
    def order(self, text):
        """Sends an order that a program takes within a moment; a worker's is a request in a thread of its own."""
        if self.entry is None:
            self.orders.pending[self.name] = text
            return
        path = text.replace(" ", "/")
        threading.Thread(target=self._request, args=(path,), daemon=True).start()

    def _request(self, path, seconds=240):
        with contextlib.suppress(OSError, http.client.HTTPException):
            urllib.request.urlopen(self.entry + path, timeout=seconds).read()
            self.orders.done[self.name] = self.done() + 1

    def alive(self):
        """How many of the objects that it printed are alive."""
        if self.entry:
            return int(urllib.request.urlopen(self.entry + "count", timeout=60).read())
        self.order("count")
        return until(f"{self.name} has counted", 60, lambda: str(self.orders.alive.get(self.name, "")), every=0.2) and \
            self.orders.alive.pop(self.name)

    def done(self):
        return self.orders.done.get(self.name, 0)

    def is_ready(self):
        """Whether its program runs."""
        if self.entry is None:
            return self.orders.asked.get(self.name, 0) > 0
        with contextlib.suppress(OSError, http.client.HTTPException):
            return bool(urllib.request.urlopen(self.entry, timeout=5).read())
        return False

    def busy(self, seconds):
        """Lets it run in a circle for about so long. A worker's clock stands still meanwhile: it counts instead."""
        if self.entry is None:
            self.order(f"busy {seconds}")
            return
        if self.loops is None:
            tried = 50_000_000
            began = time.monotonic()
            self._request(f"busy/{tried}")
            self.loops = tried / (time.monotonic() - began)
        self.order(f"busy {int(self.loops * seconds)}")

    # What the fleet says of it.
    def row(self, rows):
        """Its heap's row, once known by its id, before by its name."""
        if self.target_id:
            return next((row for row in rows if row["id"] == self.target_id), None)
        return next((row for row in rows if row["instance"].split("/")[0] == self.name
                     and "snapshot" in row["capabilities"] and row["state"] in ("attached", "visiting")
                     # Firefox's parent process is a heap of its own.
                     and (not self.is_page or "/" in row["instance"] and self.path in row["title"])), None)


def descendants(pid):
    """A process and all that it has started, directly or not; none if it is gone."""
    found, left = [], [pid]
    while left:
        one = left.pop()
        with contextlib.suppress(OSError):
            threads = os.listdir(f"/proc/{one}/task")
            found.append(one)
            for thread in threads:
                left += map(int, open(f"/proc/{one}/task/{thread}/children").read().split())
    return found


def sockets(state):
    """(local port, inode) of the TCP sockets of this host in a state, such as 0A: listening."""
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in open(path).read().splitlines()[1:]:
            fields = line.split()
            if fields[3] == state:
                yield int(fields[1].rsplit(":", 1)[1], 16), fields[9]


def peers(pid):
    """(remote port, state) of each TCP socket of a process."""
    inodes = set()
    # One that has ended has none.
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(f"/proc/{pid}/fd/{name}"))
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in open(path).read().splitlines()[1:]:
            fields = line.split()
            if f"socket:[{fields[9]}]" in inodes:
                yield int(fields[2].rsplit(":", 1)[1], 16), fields[3]

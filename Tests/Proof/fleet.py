"""Starts real runtimes, a collector and an agent, and asks the command line: what every proof stands on.

Standard library only. Every wait has a bound. Processes are ended by pid, in the order that lets
the agent let go first. Programs are looked for in RETINUE_BIN_DIR, else .build/release; runtimes as
in Tests/TestSupport/Runtimes.swift.
"""
import contextlib, json, os, pathlib, shutil, signal, subprocess, sys, tempfile, threading, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("RETINUE_BIN_DIR", ROOT / ".build/release"))
SHARED = pathlib.Path(os.environ.get("RETINUE_SHARED", ROOT.parent / "shared"))
PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"


def _version(path):
    try:
        return subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20).stdout.strip()
    except OSError:
        return ""


def _find(variable, installed, prefix):
    name = "node" if installed.startswith("node") else installed
    folder = ROOT / ".build/runtimes" / installed
    candidates = [os.environ.get(variable), folder / "bin" / name, folder / name, shutil.which(name)]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK) and _version(str(candidate)).startswith(prefix):
            return str(candidate)
    return None


def runtimes():
    """Name -> path of every runtime that runs scripts and is here: node20, node22, node24, deno, bun."""
    found = {f"node{m}": _find(f"RETINUE_NODE{m}", f"node{m}", f"v{m}.") for m in (20, 22, 24)}
    found["deno"] = _find("RETINUE_DENO", "deno", "deno ")
    found["bun"] = _find("RETINUE_BUN", "bun", "")
    return {name: path for name, path in found.items() if path}


def all_runtimes():
    """The same with workerd and the browsers."""
    folder = ROOT / ".build/runtimes"
    places = {
        "workerd": [os.environ.get("RETINUE_WORKERD"), folder / "workerd/workerd",
                    folder / "workerd/node_modules/@cloudflare/workerd-linux-64/bin/workerd"],
        "chromium": [shutil.which("chromium")],
        "firefox": [shutil.which("firefox-esr"), shutil.which("firefox")],
        "webkitgtk": ["/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser"],
    }
    wrangler = "node_modules/wrangler/bin/wrangler.js"
    places["wrangler"] = [next((c for c in (os.environ.get("RETINUE_WRANGLER"), folder / "workerd" / wrangler)
                                if c and os.path.exists(c)), None)]
    found = runtimes()
    for name, candidates in places.items():
        path = next((str(c) for c in candidates if c and os.access(c, os.R_OK if name == "wrangler" else os.X_OK)), None)
        if path:
            found[name] = path
    return found


class Missed(Exception):
    """A bar that was not reached, or a thing that did not happen."""


def until(what, seconds, ask, every=0.1):
    """The first true answer of `ask` within `seconds`; Missed with `what` otherwise."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Missed(f"{what}: not within {seconds} s")
        time.sleep(every)


class Program:
    """A real process whose standard output is read line by line."""

    def __init__(self, argv, env=None, cwd=None, stdin=True):
        self.argv = argv
        self.lines, self.errors = [], []
        self.condition = threading.Condition()
        self.process = subprocess.Popen(
            argv, env=env, cwd=cwd, text=True, bufsize=1, errors="replace",
            stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.ended_at = None
        for stream, store in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=self._read, args=(stream, store), daemon=True).start()

    def _read(self, stream, store):
        for line in stream:
            with self.condition:
                store.append(line.rstrip("\n"))
                self.condition.notify_all()

    @property
    def pid(self):
        return self.process.pid

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def expect(self, start, seconds=30, since=0):
        """The first line (from number `since` on) that begins with `start`, on either stream."""
        end = time.monotonic() + seconds
        with self.condition:
            while True:
                for line in self.lines[since:] + self.errors:
                    if line.startswith(start):
                        return line
                if self.process.poll() is not None and time.monotonic() > end - seconds + 1:
                    raise Missed(f"{self.argv}: ended ({self.process.returncode}) before '{start}': {self.errors[-5:]}")
                if not self.condition.wait(min(0.2, max(0.01, end - time.monotonic()))) and time.monotonic() > end:
                    raise Missed(f"{self.argv}: no '{start}' in {seconds} s: {self.lines[-3:]} {self.errors[-5:]}")

    def wait(self, seconds):
        """Seconds until it ended."""
        began = time.monotonic()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Missed(f"{self.argv}: still running after {seconds} s") from None
        return time.monotonic() - began

    def end(self, seconds=5):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)


class Fleet:
    """A collector and an agent of their own, in a folder of their own."""

    def __init__(self, agent=True, config=None, collector_arguments=(), interval=None, rule=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="retinue-proof-"))
        self.address = f"unix:{self.folder}/c/s"
        (self.folder / "c").mkdir(mode=0o700)
        self.collector_arguments = list(collector_arguments)
        self.config = config
        self.interval = interval
        # Further keys of the rule for what this fleet starts, each on a line of its own.
        self.rule = rule
        self.programs, self.collector, self.agent = [], None, None
        self.with_agent = agent
        self.display, self.lock = None, threading.Lock()

    def __enter__(self):
        try:
            self.start_collector()
            if self.with_agent:
                self.start_agent()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *_):
        if self.agent:
            self.agent.end()
        for program in self.programs:
            program.end(2)
        if self.collector:
            self.collector.end(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    # Ours.
    def start_collector(self):
        self.collector = Program([str(BIN / "retinue"), "collector", "--listen", self.address,
                                  "--data", str(self.folder / "data"), *self.collector_arguments], stdin=False)
        self.collector.expect_address = until("collector ready", 20, lambda: any(
            self.address in line for line in self.collector.lines + self.collector.errors)
            or (self.collector.process.poll() is not None and self._dead(self.collector)))

    def start_agent(self):
        argv = [str(BIN / "retinue-agent"), "--collector", self.address, "--spool", str(self.folder / "spool")]
        text = self.config or ""
        # Only what this proof started is looked at: other processes of the host are left alone.
        text += (f"rules:\n  - match: {{environment: {{RETINUE_ENVIRONMENT: {self.mark}}}}}\n"
                 f"    set: {{environment: {self.mark}}}\n"
                 + "".join(f"    {line}\n" for line in self.rule.splitlines()) +
                 "  - match: {commandLine: '*'}\n    ignore: true\n")
        if self.interval:
            text = f"metricsInterval: {self.interval}\n" + text
        path = self.folder / "agent.yaml"
        path.write_text(text)
        self.agent = Program(argv + ["--config", str(path)], stdin=False)
        until("agent ready", 20, lambda: self.agent.lines or (
            self.agent.process.poll() is not None and self._dead(self.agent)))

    @property
    def mark(self):
        """The environment label of everything this fleet starts."""
        return self.folder.name

    def _dead(self, program):
        raise Missed(f"{program.argv[0]} ended with {program.process.returncode}: {program.errors[-8:]} {program.lines[-3:]}")

    def agent_processes(self):
        """Pids of guardian and worker."""
        children = pathlib.Path(f"/proc/{self.agent.pid}/task/{self.agent.pid}/children").read_text().split()
        return [self.agent.pid, *map(int, children)]

    # Theirs.
    def start(self, runtime, program, *arguments, service="proof", version="1", instance=None, flags=(), environment=None,
              inspect=True):
        """Starts `program` on a runtime with its inspector on a free loopback port."""
        path = runtimes()[runtime]
        env = dict(os.environ, NO_COLOR="1", RETINUE_SERVICE=service, RETINUE_VERSION=version,
                   RETINUE_INSTANCE=instance or f"{service}-{len(self.programs)}", RETINUE_ENVIRONMENT=self.mark,
                   **(environment or {}))
        argv = [path, *(["run", "-A"] if runtime == "deno" else []), *flags]
        if inspect and runtime == "bun":
            env["BUN_INSPECT"] = "ws://127.0.0.1:0/proof"
        elif inspect:
            argv.append("--inspect=127.0.0.1:0")
        started = Program([*argv, str(program), *map(str, arguments)], env=env)
        self.programs.append(started)
        return started

    # Asked.
    def cli(self, *arguments, timeout=300, check=(0,)):
        """Runs `retinue` and returns what it printed, parsed where it is JSON."""
        done = subprocess.run([str(BIN / "retinue"), *map(str, arguments)], capture_output=True, text=True,
                              timeout=timeout, env=dict(os.environ, RETINUE_COLLECTOR=self.address, NO_COLOR="1"))
        if check is not None and done.returncode not in check:
            raise Missed(f"retinue {' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr.strip()[-600:]}")
        self.code = done.returncode
        return json.loads(done.stdout) if "--json" in arguments and done.stdout.strip() else done.stdout

    def target(self, program, state="attached", seconds=30):
        """The row of `retinue targets` for a process, once it is in a state; not that of one of its threads."""
        def row():
            rows = self.cli("targets", "--json")
            return next((r for r in rows if r["pid"] == program.pid and r["state"] == state
                         and "/" not in r["instance"]), None)
        return until(f"pid {program.pid} {state}", seconds, row, every=0.2)


def resident(pids):
    """Resident bytes of several processes together."""
    return sum(int(open(f"/proc/{pid}/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") for pid in pids)


def cpu(pids):
    """CPU seconds that several processes have used."""
    total = 0
    for pid in pids:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


class Table:
    """Bars and what was measured, printed at the end; `failed` says whether one was missed."""

    def __init__(self):
        self.rows, self.failed = [], False

    def row(self, what, bar, measured, held):
        self.rows.append((what, bar, measured, held))
        self.failed |= not held
        print(f"{'ok  ' if held else 'MISS'}  {what}: {measured} (bar: {bar})", flush=True)

    def attempt(self, what, bar, act):
        """Runs `act`, which returns (measured, held); a failure of it is a missed bar, said as such."""
        try:
            measured, held = act()
        except (Missed, AssertionError, KeyError, OSError, subprocess.SubprocessError) as error:
            measured, held = f"{type(error).__name__}: {error}", False
        self.row(what, bar, measured, held)

    def exit(self):
        sys.exit(1 if self.failed else 0)

#!/usr/bin/env python3
"""What a target does to us when it dies, crashes, goes elsewhere, is loaded anew or stands still, in every phase.

faults.py [--runtimes node24,deno,…] [--phases …] [--faults …] [--few] [--block 30]

Each runtime × phase × fault is one row: a program is brought into the phase, the fault happens, and then
  - what was asked of it ends in time, whole or with a reason;
  - the fleet says of it what is true: gone, busy with a reason, or attached again, and then it can be asked;
  - another target of the same agent answers all the while;
  - no socket to it is left open but the one of a session.
When all runtimes have been through a phase, the agent has as many descriptors as in the beginning, and over the
phases its memory does not grow. At the end no snapshot is still said to be running.

Agents, each with a collector of its own, share the runtimes by two, since a host takes one snapshot at a time; on each
stand three programs of a runtime side by side: one that is let die, one that runs in a circle, one that is stopped. As
many agents as --agents says stand at a time: what is timed here means little on a machine with much else to do.
"""
import argparse, collections
from subjects import *

PHASES = ["attaching", "idle", "usage", "gc", "sampling", "snapshot", "timeline", "upload"]
DEATHS = ["killed", "ends", "crashes", "navigates", "reloads"]
BLOCKS = ["busy", "stopped"]
# What a command may end with, by what has happened; and always with what it was asked for.
REASONS = {"killed": {"targetGone", "gone"}, "ends": {"targetGone", "gone", "exiting"},
           "crashes": {"targetGone", "gone", "interrupted"}, "navigates": {"interrupted", "targetGone"},
           "reloads": {"interrupted", "targetGone"}, "busy": {"noAnswer", "busy", "interrupted"}, "stopped": {"noAnswer", "busy", "interrupted"}}
MIB = 1 << 20

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(EVERY))
parser.add_argument("--phases", default=",".join(PHASES))
parser.add_argument("--faults", default=",".join(DEATHS + BLOCKS))
parser.add_argument("--few", action="store_true", help="two runtimes, three phases, blocks of 8 s")
parser.add_argument("--block", type=float, default=30)
parser.add_argument("--agents", type=int, default=2)
parser.add_argument("--objects", type=int, default=30_000)
options = parser.parse_args()
if options.few:
    options.runtimes, options.phases, options.block = "node24,chromium", "idle,sampling,snapshot", 8
table = Table()
orders = Orders()
started_at = time.monotonic()


class Watched(Fleet):
    """A fleet whose rows are read twice a second for all, and a bystander that is asked once a second."""

    def __init__(self):
        super().__init__(interval="1s")
        self.rows, self.read_at, self.answers = [], 0.0, []
        self.over = threading.Event()
        # A host takes one snapshot at a time.
        self.capturing = threading.Lock()

    def __enter__(self):
        super().__enter__()
        try:
            self.bystander = self.start("node24", PROGRAMS / "heap.mjs", 1, instance="bystander")
            self.bystander.expect("READY", 60)
            self.bystander_id = self.target(self.bystander, seconds=60)["id"]
            self.worker = self.agent_processes()[-1]
            self.inspecting = self.worker
            # A socket may come or go while they are counted.
            self.quiet = min((look for look in [(time.sleep(0.3), self.descriptors())[1] for _ in range(9)] if look),
                             key=lambda look: look[1].total())
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.threads = [threading.Thread(target=act) for act in (self._read, self._ask)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in getattr(self, "threads", []):
            thread.join()
        super().__exit__(*_)

    def _read(self):
        while not self.over.wait(0.5):
            began = time.monotonic()
            with contextlib.suppress(Missed, subprocess.SubprocessError, ValueError):
                self.rows, self.read_at = self.cli("targets", "--gone", "--json", timeout=30), began

    def _ask(self):
        while not self.over.wait(1):
            began = time.monotonic()
            try:
                done = self.cli("gc", "--target", self.bystander_id, "--json", timeout=30, check=None)
                state = done["state"] if done else f"exit {self.code}"
            except (Missed, subprocess.SubprocessError) as error:
                state = type(error).__name__
            self.answers.append((began, time.monotonic() - began, state))

    def look_after_worker(self):
        """A worker that was started anew has another pid."""
        with contextlib.suppress(OSError, IndexError):
            self.inspecting = self.agent_processes()[1]

    def slowest_answer(self, since):
        """The slowest answer of the bystander that was asked for since then, and what was not done."""
        asked = [answer for answer in list(self.answers) if answer[0] >= since]
        return (max((took for _, took, _ in asked), default=0.0),
                sorted({state for _, _, state in asked if state != "done"}))

    def fresh(self, since):
        return self.rows if self.read_at > since else []

    def descriptors(self):
        """Of guardian and worker by what they are, without the worker's sockets to inspectors and other processes."""
        with contextlib.suppress(OSError, ValueError):
            guardian, worker = self.agent_processes()
            return len(os.listdir(f"/proc/{guardian}/fd")), kinds_of_descriptors(worker)


def kinds_of_descriptors(pid):
    """How many descriptors a process has of each kind, without connections over TCP; sockets by the list that has them."""
    links = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            links.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    lists = {fields[9 if "tcp" in name else 6]: name for name in ("tcp", "tcp6", "unix")
             for fields in map(str.split, open(f"/proc/net/{name}").read().splitlines()[1:])}
    kinds = collections.Counter()
    for link in links:
        kind, _, inode = link.partition(":[")
        listed = lists.get(inode.rstrip("]"), "in no list") if kind == "socket" else ""
        if not listed.startswith("tcp"):
            kinds[f"{kind} {listed}".strip()] += 1
    return kinds


class Lane:
    """One program of a runtime after another, brought into the phases and let meet its faults."""

    def __init__(self, fleet, kind, faults):
        self.fleet, self.kind, self.faults = fleet, kind, faults
        self.subject, self.serial = None, 0

    # The program.
    def fresh_subject(self):
        if self.subject:
            self.subject.end()
        self.serial += 1
        name = f"{self.kind}-{self.faults[0]}-{self.serial}"
        self.subject = Subject(self.fleet, self.kind, orders, name, options.objects)

    def attach(self):
        """The program is attached and runs; one that is so already is kept."""
        subject = self.subject
        # What is left of one that was ended may still be going, and the last rows may say that it is attached.
        if subject and not subject.is_over and subject.target_id and subject.is_running and self.is_well():
            return
        self.fresh_subject()
        row = until(f"{self.subject.name} attached", 90, lambda: self.subject.row(self.fleet.rows), every=0.3)
        self.subject.target_id = row["id"]
        until(f"{self.subject.name} runs", 60, self.subject.is_ready)

    def row(self, since=0.0):
        """Its row, of a reading since then; before it was attached for the first time that of its process."""
        rows = self.fleet.fresh(since)
        row = self.subject.row(rows)
        if row is None and not self.subject.target_id:
            # A worker's own process has a command line tool beside it, which has no inspector; and what a browser
            # forks is called as the browser is until it has become something else.
            named = [row for row in rows if row["instance"] == self.subject.name
                     and (self.kind != "wrangler" or row["runtime"] == "workerd")]
            row = next((row for row in named if row["state"] != "gone"), next(iter(named), None))
        return row or {}

    def is_well(self, since=0.0):
        row = self.row(since)
        return row.get("state") in ("attached", "visiting") and "snapshot" in row["capabilities"]

    # The phases: each returns what was asked for, as a thread, or None.
    def ask(self, *arguments):
        return Asked(self.fleet, *arguments, "--target", self.subject.target_id, "--json")

    def in_phase(self, phase, fault):
        subject = self.subject
        if phase == "attaching":
            self.fresh_subject()
            until(f"{subject and subject.name} listens", 60, self.subject.ports, every=0.05)
            self.subject.signal(signal.SIGSTOP)
            with contextlib.suppress(Missed):
                until("the agent comes", 6, self.connections, every=0.2)
            return None
        self.attach()
        subject = self.subject
        # What follows may be served in one go with what the program does when it goes on.
        if phase in ("usage", "gc"):
            subject.signal(signal.SIGSTOP)
            asked = self.ask("gc") if phase == "gc" else None
            time.sleep(1.6)
            return asked
        if phase == "sampling":
            asked = self.ask("profile", "--duration", "4s")
            time.sleep(1.5)
            return asked
        if phase == "snapshot":
            seen = len(self.fleet.agent.errors)
            # A program in a circle is asked when it is in it; where it can be asked all the same, in the middle.
            if fault == "busy":
                subject.busy(options.block)
                time.sleep(0.5)
            asked = self.ask("snapshot", "take")
            self.wait_for(asked, lambda: self.text_came() or any(
                "msg=command " in line and subject.target_id in line for line in self.fleet.agent.errors[seen:])
                and time.sleep(0.4) is None)
            return asked
        if phase == "timeline":
            asked = self.ask("snapshot", "take", "--timeline", "3s")
            time.sleep(1.5)
            return asked
        if phase == "upload":
            return self.upload_held_up()
        return None

    def upload_held_up(self):
        """A snapshot that is in the spool, whole, and whose collector takes nothing for now."""
        seen = len(self.fleet.agent.errors)
        asked = self.ask("snapshot", "take")
        self.wait_for(asked, self.text_came)
        os.kill(self.fleet.collector.pid, signal.SIGSTOP)

        def is_taken():
            lines = self.fleet.agent.errors[seen:]
            ids = {field for line in lines if "msg=command " in line and self.subject.target_id in line
                   for field in line.split() if field.startswith("id=")}
            return any('msg="command ended"' in line and ids & set(line.split()) for line in lines)
        try:
            until("the text is in the spool", 60, is_taken, every=0.05)
        except Missed:
            os.kill(self.fleet.collector.pid, signal.SIGCONT)
            raise
        return asked

    def text_came(self):
        spool = self.fleet.folder / "spool"
        return any(path.name.startswith("upload") for path in spool.iterdir())

    def wait_for(self, asked, seen, seconds=30):
        with contextlib.suppress(Missed):
            until("the capture", seconds, lambda: asked.is_over or seen(), every=0.02)

    # The faults.
    def strike(self, phase, fault):
        subject = self.subject
        is_stopped = phase in ("attaching", "usage", "gc")
        if fault == "killed":
            subject.signal(signal.SIGKILL)
        elif fault == "ends":
            if subject.entry or subject.is_page:
                subject.signal(signal.SIGTERM)
            else:
                subject.order("end")
        elif fault == "crashes" and subject.is_page:
            if is_stopped:
                # There is an engine with the page in it once the page runs.
                subject.signal(signal.SIGCONT)
                until(f"{subject.name} runs", 60, subject.is_ready, every=0.05)
            hit = [pid for pid, line in subject.processes().items() if RENDERERS[self.kind] in line]
            if not hit:
                raise Missed(f"{subject.name} has no engine: {subject.processes()}")
            subject.signal(signal.SIGSEGV, hit)
        elif fault == "crashes":
            subject.signal(signal.SIGABRT)
        elif fault == "navigates":
            here = self.row().get("title", "")
            self.asked_before = orders.asked.get(subject.name, 0)
            subject.order(f"navigate {subject.address if '//localhost' in here else subject.elsewhere}")
        elif fault == "reloads":
            if self.kind == "wrangler":
                worker = self.fleet.folder / subject.name / "worker.mjs"
                worker.write_text(worker.read_text() + "\n")
            else:
                self.asked_before = orders.asked.get(subject.name, 0)
                subject.order("reload")
        elif fault == "busy" and phase != "snapshot":
            if subject.entry and is_stopped:
                # A request must be taken before it is known how long one takes.
                subject.signal(signal.SIGCONT)
            subject.busy(options.block)
        elif fault == "stopped":
            subject.signal(signal.SIGSTOP)
            return
        if is_stopped:
            subject.signal(signal.SIGCONT)

    def connections(self):
        """Sockets of the agent to this program."""
        ports = self.subject.ports()
        return sum(port in ports for port, _ in peers(self.fleet.inspecting))

    # One row.
    def meet(self, phase, fault):
        fleet, subject = self.fleet, None
        asked = self.in_phase(phase, fault)
        subject = self.subject
        ports = subject.ports()
        began = time.monotonic()
        self.strike(phase, fault)
        said, misses = [], []
        if phase == "upload":
            time.sleep(1)
            os.kill(fleet.collector.pid, signal.SIGCONT)
        lasts = options.block if fault in BLOCKS else 0
        is_dead = fault in ("killed", "ends") or fault == "crashes" and not subject.is_page
        if lasts:
            self.endure(phase, fault, began, said, misses)
        if asked:
            self.outcome(asked, phase, fault, lasts, said, misses)
        after = time.monotonic()
        if fault in ("navigates", "reloads") and subject.is_page:
            # One more than the one that was answered with the order: the new page runs. A browser that is just starting
            # has its first page still to load.
            until("the page is another", 60 if phase == "attaching" else 20, lambda: subject.name not in orders.pending
                  and orders.asked.get(subject.name, 0) > self.asked_before + 1)
        if is_dead:
            self.is_gone(subject, after, ports, said, misses)
        elif fault == "crashes":
            self.crashed(after, said, misses)
        else:
            self.comes_back(phase, fault, after, said, misses)
        took, undone = fleet.slowest_answer(began - 1 if phase != "upload" else after)
        said.append(f"another in {took:.1f} s")
        if took > 5 or undone:
            misses.append(f"another target answered after {took:.1f} s {undone}")
        return "; ".join(said + [f"MISSED {miss}" for miss in misses]), not misses

    def endure(self, phase, fault, began, said, misses):
        """While it stands still: it is said to be busy soon, where it does not answer."""
        done, states, subject = subject_done(self.subject), [], self.subject
        # A circle that counts takes its time on a machine with much else to do.
        while time.monotonic() < began + options.block * (4 if fault == "stopped" else 20):
            row = self.row(began) or self.row()
            states.append((row.get("state"), row.get("stateDetail")))
            is_over = time.monotonic() >= began + options.block if fault == "stopped" else subject.done() > done
            if is_over:
                break
            time.sleep(0.5)
        else:
            raise Missed(f"{subject.name} runs in its circle still")
        if fault == "stopped":
            subject.signal(signal.SIGCONT)
        seen = {state for state, _ in states[10:]}
        said.append(f"meanwhile {sorted(map(str, seen))}")
        if fault == "stopped" and "busy" not in seen and (phase, self.kind) != ("attaching", "wrangler"):
            misses.append(f"never said to be busy: {sorted(set(states), key=str)}")
        if any(state == "busy" and not detail for state, detail in states):
            misses.append("busy without a reason")

    def outcome(self, asked, phase, fault, lasts, said, misses):
        # A window or recording is over when its time is.
        state, code, reason = asked.answer(20 + (10 if lasts else 0))
        said.append(f"{asked.what} {state}" + (f" ({code}: {reason})" if code else ""))
        if state in ("done", "complete"):
            return
        if phase == "upload":
            misses.append("a whole snapshot in the spool did not arrive")
        elif state not in ("failed", "refused", "incomplete") or not reason or code not in REASONS[fault]:
            misses.append(f"{asked.what} ended as {state} ({code}: {reason})")

    def is_gone(self, subject, since, ports, said, misses):
        if not subject.target_id:
            until_gone = lambda: not subject.is_running and (not any(
                row["instance"].split("/")[0] == subject.name and row["state"] not in ("gone", "exiting")
                for row in self.fleet.fresh(since)) and self.fleet.read_at > since)
        else:
            until_gone = lambda: self.fleet.read_at > since and self.row(since).get("state", "gone") == "gone"
        try:
            until("gone", 25, until_gone, every=0.2)
            took = time.monotonic() - since
            said.append(f"gone after {took:.1f} s")
            # Its connection's end tells: nobody waits for the next look at all processes.
            if took > 8:
                misses.append(f"gone after {took:.1f} s")
        except Missed:
            misses.append(f"said to be {self.row()}, processes {subject.processes()}")
        left = [(port, state) for port, state in peers(self.fleet.inspecting) if port in ports]
        if left:
            time.sleep(3)
            left = [(port, state) for port, state in peers(self.fleet.inspecting) if port in ports]
            if left:
                misses.append(f"sockets to it are left: {left}")
        subject.end()

    def crashed(self, since, said, misses):
        """A page whose engine crashed is not said to be attached, unless what stands there now can be asked."""
        def noticed():
            row = self.subject.row(self.fleet.fresh(since))
            return self.fleet.read_at > since and (not row or row["state"] in ("gone", "busy", "noInspector")) and (
                row or {"state": "not listed", "stateDetail": ""})
        try:
            row = until("noticed", 8, noticed, every=0.3)
            said.append(f"{row['state']} ({row['stateDetail']}) after {time.monotonic() - since:.1f} s")
            if row["state"] == "busy" and not row["stateDetail"]:
                misses.append("busy without a reason")
        except Missed:
            self.subject.target_id = self.subject.target_id or self.row()["id"]
            done = self.ask("gc").answer(20)
            said.append(f"another page stands there, gc {done[0]}")
            if done[0] != "done":
                misses.append(f"still said to be {self.row()}, gc {done}")
        if self.kind == "chromium":
            self.reload_by_hand()
            self.comes_back("crash", "crashes", time.monotonic(), said, misses)
        self.subject.end()

    def reload_by_hand(self):
        """What a person's press of a key does to Chromium's page."""
        from devtools_client import Client

        def page():
            return next((one["webSocketDebuggerUrl"] for one in self.listed() if self.subject.path in one["url"]), None)
        path = until("the page is listed", 20, page, every=0.3)
        client = Client(path.replace("localhost", "127.0.0.1"))
        client.call("Page.reload")
        client.close()

    def listed(self):
        """What Chromium says that there is to attach to; empty where it does not answer."""
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException):
            for port in self.subject.ports():
                return json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10))
        return []

    def comes_back(self, phase, fault, since, said, misses):
        try:
            if not self.subject.target_id:
                self.subject.target_id = until("attached", 30, lambda: self.subject.row(self.fleet.fresh(since)),
                                               every=0.2)["id"]
            until("attached", 30, lambda: self.is_well(since), every=0.2)
            back = time.monotonic() - since
            done = self.ask("gc").answer(20)
            # A page that is moving from one process to another says so, and that trying again helps: for a moment.
            while fault == "navigates" and done[1] in ("busy", "targetGone", "interrupted") and time.monotonic() < since + 10:
                said.append(f"{done[1]}: {done[2]}")
                time.sleep(0.5)
                done = self.ask("gc").answer(20)
            said.append(f"attached after {back:.1f} s, gc {done[0]}")
            if done[0] != "done":
                misses.append(f"attached, but gc {done}")
        except Missed:
            if phase == "attaching" and self.lost_first_page() and ("", "attached") in [row[1:3] for row in self.named_rows()]:
                said.append("Chromium never loaded its first page, which is attached without an address")
            else:
                misses.append(f"not attached again: {self.named_rows() or self.row()}")
            self.subject.end()
        try:
            # An inspector that lists its pages is asked for them, every three seconds and beside the session.
            until("one socket", 2, lambda: not self.subject.is_running or self.connections() <= 1, every=0.1)
        except Missed:
            misses.append(f"{self.connections()} sockets to it")

    def lost_first_page(self):
        """Chromium that stood still as it started may never load the page of its command line, by its own list."""
        pages = [one["url"] for one in self.listed() if one["type"] == "page"] if self.kind == "chromium" else []
        return bool(pages) and not any(pages)

    def named_rows(self):
        return [(row["instance"], row["title"], row["state"], row["stateDetail"]) for row in self.fleet.rows
                if row["instance"].split("/")[0] == self.subject.name]


def subject_done(subject):
    return subject.done()


class Asked:
    """A command under way, in a thread."""

    def __init__(self, fleet, *arguments):
        self.what, self.result = arguments[0], None
        self.thread = threading.Thread(target=self._run, args=(fleet, arguments), daemon=True)
        self.thread.start()

    def _run(self, fleet, arguments):
        try:
            self.result = fleet.cli(*arguments, timeout=180, check=None)
        except (Missed, ValueError, subprocess.SubprocessError) as error:
            self.result = {"state": "nothing", "reasonCode": type(error).__name__, "reason": str(error)[:200]}

    @property
    def is_over(self):
        return not self.thread.is_alive()

    def answer(self, seconds):
        """(state, code, reason), at the latest after so many seconds."""
        self.thread.join(seconds)
        if self.thread.is_alive():
            return "unanswered", "", f"after {seconds} s"
        row = (self.result.get("targets") or [self.result])[0] if self.result else {"state": "nothing", "reason": "no answer"}
        return row["state"], row.get("reasonCode"), row.get("reason")


def can(kind, phase, fault):
    """Whether there is such a thing."""
    if phase == "timeline" and not (kind.startswith("node") or kind in ("deno", "chromium")):
        return False
    if phase == "sampling" and kind in ("bun", "webkitgtk"):
        return False
    return {"navigates": kind in NAMES, "reloads": kind in NAMES or kind == "wrangler"}.get(fault, True)


def run_phase(fleet, lanes, phase, memory):
    def run(lane):
        for fault in lane.faults:
            fleet.look_after_worker()
            if not can(lane.kind, phase, fault) or fault not in options.faults.split(","):
                continue

            def act():
                lock = fleet.capturing if phase in ("snapshot", "timeline", "upload") else contextlib.nullcontext()
                with lock:
                    return lane.meet(phase, fault)
            table.attempt(f"{lane.kind:9} {phase:9} {fault:9}", "ends, said, back", act)
    threads = [threading.Thread(target=run, args=(lane,)) for lane in lanes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if fleet.agent_processes()[-1] != fleet.worker:
        fleet.worker = (fleet.agent_processes() + [0])[1]
        table.row(f"after {phase}: the worker", "is the same", str([line for line in fleet.agent.errors if "level=info" not in line][-6:]), False)
    # What settled is what counts: a look afterwards may find a list open that is just being read.
    looks = []
    with contextlib.suppress(Missed):
        until("descriptors", 15, lambda: looks.append(fleet.descriptors()) or looks[-1] == fleet.quiet, every=0.5)
    count, stale = looks[-1], [peer for peer in peers(fleet.worker) if peer[1] == "08"]
    memory[phase] = resident(fleet.agent_processes())
    who = ", ".join(sorted({lane.kind for lane in lanes}))
    (guardian, kinds), (at_first, first) = count or (0, collections.Counter()), fleet.quiet
    more = {kind: kinds[kind] - first[kind] for kind in kinds | first if kinds[kind] != first[kind]}
    table.row(f"after {phase}: agent of {who}", f"descriptors {at_first}, {first.total()}, no socket half closed",
              f"{guardian}, {kinds.total()}, {len(stale)} half closed, {memory[phase] / MIB:.1f} MiB"
              + (f", more: {more}" if more else ""), count == fleet.quiet and not stale)


def run_group(kinds):
    faults = options.faults.split(",")
    groups = [[fault for fault in group if fault in faults] for group in (DEATHS, BLOCKS[:1], BLOCKS[1:])]
    try:
        with Watched() as fleet:
            lanes = [Lane(fleet, kind, group) for kind in kinds for group in groups if group]
            memory = {}
            try:
                for phase in options.phases.split(","):
                    run_phase(fleet, lanes, phase, memory)
                for first, last in (("idle", "sampling"), ("snapshot", "upload")):
                    if first in memory and last in memory:
                        table.row(f"memory of the agent of {', '.join(kinds)}, from {first} to {last}", "+ 4 MiB, <= 64 MiB",
                                  f"{memory[first] / MIB:.1f} to {memory[last] / MIB:.1f} MiB",
                                  memory[last] <= min(memory[first] + 4 * MIB, 64 * MIB))
                snapshots = fleet.cli("snapshot", "list", "--json")["snapshots"]
                silent = [row for row in snapshots if row["state"] == "running" or row["state"] != "complete" and not row["reason"]]
                table.row(f"snapshots of {', '.join(kinds)}", "each whole, or with a reason",
                          f"{len(snapshots)}, {sum(row['state'] == 'complete' for row in snapshots)} whole; without: {silent}",
                          not silent)
            finally:
                for lane in lanes:
                    if lane.subject:
                        lane.subject.end()
    except (Missed, OSError, KeyError) as error:
        table.row(f"fleet of {', '.join(kinds)}", "stands", repr(error), False)


wanted = [kind for kind in options.runtimes.split(",")]
for kind in wanted:
    if kind not in all_runtimes():
        table.row(f"{kind} is installed", "yes", "no", False)
wanted = [kind for kind in wanted if kind in all_runtimes()]
half = (len(wanted) + 1) // 2
# One of the first half with one of the second: a light one with a heavy one.
groups = [[kind for kind in pair if kind] for pair in zip(wanted[:half], wanted[half:] + [None] * half)]
turn = threading.Semaphore(options.agents)


def run_in_turn(kinds):
    with turn:
        run_group(kinds)


threads = [threading.Thread(target=run_in_turn, args=(group,)) for group in groups]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
took = time.monotonic() - started_at
table.row("all of it", "<= 40 min", f"{took / 60:.1f} min", took <= 2400)
print()
rows = [row for row in table.rows if row[1] == "ends, said, back"]
for kind in wanted:
    mine = [row for row in rows if row[0].split()[0] == kind]
    print(f"{kind:9} {sum(row[3] for row in mine)} of {len(mine)} hold")
print(f"{sum(row[3] for row in rows)} of {len(rows)} hold")
table.exit()

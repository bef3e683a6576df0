#!/usr/bin/env python3
"""A snapshot that a memory cgroup has no room for is refused; by force it is taken, and recorded: cgroup.py [--runtimes …]

A process with a heap of 300 MiB in a cgroup of 512 MiB is refused with the estimate (a browser with such a page in one
that leaves as little: 212 MiB). A smaller one in a cgroup tighter than its estimate is refused too, and then forced: the
snapshot is whole, and its row says `forced`. Version 1 or 2, whichever root may create here.
"""
import argparse, math
from subjects import *

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(["scripts", "workerd", *NAMES]))
options = parser.parse_args()
table = Table()
MIB = 1 << 20
# How many times its heap a first snapshot is reckoned with, and what heap.mjs is to be told for 300 MiB of heap: it takes
# 110 bytes for an item, which is about 85 in V8's own counting.
GROWTH = {"bun": 6.5, "webkitgtk": 20, "workerd": 50, "firefox": 4}
SIZE = {"bun": 300}
# Bytes that an object of obey.js takes where it is not 85.
ITEM = {"chromium": 52, "workerd": 52}
orders = Orders()


class Group:
    """A memory cgroup of our own, version 2 where its controller is to be had, else version 1."""

    def __init__(self, name):
        self.failures = []
        for folder, limit in (("/sys/fs/cgroup", "memory.max"), ("/sys/fs/cgroup/unified", "memory.max"),
                              ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")):
            path = pathlib.Path(folder, f"retinue-proof-{name}-{os.getpid()}")
            try:
                path.mkdir()
            except OSError as error:
                self.failures.append(f"{folder}: {error.strerror}")
                continue
            # A tmpfs takes any folder, and a hierarchy without the controller has no such file.
            if (path / limit).exists():
                self.path, self.limit_file = path, path / limit
                return
            self.failures.append(f"{folder}: no {limit}")
            path.rmdir()
        raise PermissionError("; ".join(self.failures))

    def limit(self, size):
        self.limit_file.write_text(str(size))

    def read_limit(self):
        return int(self.limit_file.read_text())

    def used(self):
        return next(int((self.path / name).read_text()) for name in ("memory.current", "memory.usage_in_bytes")
                    if (self.path / name).exists())

    def take(self, pid):
        (self.path / "cgroup.procs").write_text(str(pid))

    def remove(self):
        # The kernel needs a moment after the last process has ended.
        until(f"{self.path} removed", 10, self._removed)

    def _removed(self):
        try:
            self.path.rmdir()
            return True
        except OSError:
            return False


class Held:
    """A running program with a heap of about so many MB, in a group with all its processes."""

    def __init__(self, fleet, kind, group, megabytes):
        self.fleet, self.subject = fleet, None
        if kind in runtimes():
            self.program = fleet.start(kind, PROGRAMS / "heap.mjs", megabytes, flags={
                "bun": (), "deno": ("--v8-flags=--max-old-space-size=2000",)}.get(kind, ("--max-old-space-size=2000",)))
            group.take(self.program.pid)
            self.program.expect("READY", 120)
        else:
            self.subject = Subject(fleet, kind, orders, f"{kind}-{megabytes}", int(megabytes * 1e6 / ITEM.get(kind, 85)))
            # Those that were started before the first of them was moved.
            for _ in range(30):
                for pid in self.subject.processes():
                    with contextlib.suppress(OSError):
                        group.take(pid)
                time.sleep(0.1)
            until(f"{kind} runs", 120, self.subject.is_ready, every=0.5)
        self.id = until(f"{kind} watched", 60, lambda: (self.row("attached", "visiting") or {}).get("id"), every=0.3)
        until("a reading", 60, lambda: self.row("attached", "visiting", "busy")["heapUsed"], every=0.3)
        time.sleep(2)

    def row(self, *states):
        rows = self.fleet.cli("targets", "--json")
        if self.subject is None:
            return next((row for row in rows if row["pid"] == self.program.pid and row["state"] in states), None)
        found = self.subject.row(rows)
        if found:
            self.subject.target_id = found["id"]
        return found if found and found["state"] in states else None

    def used(self):
        return self.row("attached", "visiting")["heapUsed"]

    def is_alive(self):
        return self.subject.is_running if self.subject else self.program.process.poll() is None

    def end(self):
        if self.subject:
            self.subject.end()


def take(fleet, target, *arguments):
    taken = fleet.cli("snapshot", "take", "--target", target, "--json", *arguments, check=None, timeout=400)
    return taken["targets"][0]


def refused(runtime):
    group = Group(runtime)
    try:
        if runtime not in NAMES:
            group.limit(512 * MIB)
        with Fleet(interval="1s") as fleet:
            held = Held(fleet, runtime, group, SIZE.get(runtime, 340))
            used = held.used()
            if runtime in NAMES:
                # A browser alone takes as much: what 512 MiB leave beside a heap of 300 is left beside all of it.
                group.limit(group.used() + 212 * MIB)
            limit = group.read_limit()
            row = take(fleet, held.id)
            said = row["state"] == "refused" and row["reasonCode"] == "noMemory"
            numbers = "MB more memory" in (row["reason"] or "") and f"is limited to {math.ceil(limit / 1e6)} MB" in row["reason"]
            lives = held.is_alive()
            held.end()
            return (f"heap {used / MIB:.0f} MiB, {row['state']} ({row['reasonCode']}): {row['reason']}",
                    said and lives and numbers and used > 240 * MIB
                    and row["estimatedGrowth"] > GROWTH.get(runtime, 16) * used * 0.9)
    finally:
        group.remove()


def forced(runtime):
    group = Group(runtime)
    try:
        with Fleet(interval="1s") as fleet:
            held = Held(fleet, runtime, group, 60)
            before = held.row("attached", "visiting")
            growth = {"bun": 4, "firefox": 2}.get(runtime, 7) * before["heapUsed"]
            limit = (before["residentSize"] if runtime in runtimes() else group.used()) + growth
            group.limit(limit)
            first = take(fleet, held.id)
            if first["state"] != "refused":
                raise Missed(f"not refused in {limit / MIB:.0f} MiB: {first}")
            # Once it is under way the group gets room: a machine as busy as CI's makes it grow beyond the estimate
            # (docs/runtimes.md), and what is to be shown is that force takes it, not what the kernel does then.
            giving = threading.Thread(target=lambda: (
                until("it is under way", 30, lambda: held.row("busy"), every=0.1), group.limit(8 << 30)))
            giving.start()
            second = take(fleet, held.id, "--force")
            giving.join()
            rows = fleet.cli("snapshot", "list", "--json")
            rows = rows if isinstance(rows, list) else rows["snapshots"]
            row = next((r for r in rows if r["snapshotID"] == second["snapshotID"]), {})
            held.end()
            return (f"refused in {limit / MIB:.0f} MiB, then {second['state']}, forced {row.get('forced')}",
                    second["state"] == "complete" and row.get("forced") is True)
    finally:
        for subject in STARTED:
            subject.end()
        group.remove()


try:
    Group("probe").remove()
except OSError as error:
    print(f"skipped: no memory cgroup can be created here ({error}); Tests/AgentTests/Admission reads drawn ones")
    sys.exit(0)
for runtime in chosen(options.runtimes):
    table.attempt(f"{runtime}, 300 MiB of heap in a cgroup of 512 MiB", "refused with the estimate", lambda: refused(runtime))
    table.attempt(f"{runtime}, forced", "taken, and recorded as forced", lambda: forced(runtime))
table.exit()

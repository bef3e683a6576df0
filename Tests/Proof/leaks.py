#!/usr/bin/env python3
"""Every program that plants a leak: the planted class is first in `retinue leaks`.

leaks.py [--runtimes node20,node24,bun] [--programs map-cache,...] [--effect | --minified] [--few] [--count 1000] [--no-healthy]

The programs are those of ../shared/targets/leaks and programs/leaks, with --minified without any name of their own; with
--effect instead those of ../shared/targets/effect for both versions of Effect, plain and minified, called
`4/queue-unbounded.min`. A series of three with a step between, taken by operator's marks. Found by growth, with its count
and (on V8) a path to a root, on Node by the rule that is meant for it, at most two findings in all; the healthy twin is
silent.
"""
import argparse, re
from fleet import *

# Those that differ most from each other, for CI.
FEW = ["map-cache", "emitter-on", "timer-interval", "promise-pending", "closure-shared", "array-buffer"]
# What a program of several connections plants is bounded by descriptors; a vm context is a whole heap of its own.
COUNTS = {"socket-open": 200, "agent-idle": 200, "vm-context": 50}

# The rule that is meant for each program (docs/leak-rules.md).
RULES = {
    "abort-signal": "event-target-listeners-1", "als-store": "async-local-stores-1",
    "array-buffer": "external-memory-1", "array-log": "array-growth-1", "async-suspended": "suspended-calls-1",
    "bound-function": "kept-functions-1", "closure-shared": "closure-contexts-1",
    "emitter-on": "event-emitter-listeners-1", "emitter-once": "event-emitter-listeners-1",
    "event-target": "event-target-listeners-1", "finalization-held": "finalization-registry-1",
    "generator-suspended": "suspended-calls-1", "linked-list": "linked-list-1", "map-cache": "map-growth-1",
    "module-closure": "kept-functions-1", "object-dictionary": "dictionary-growth-1",
    "process-on": "event-emitter-listeners-1", "promise-pending": "pending-promise-1",
    "promise-race": "promise-race-1", "set-registry": "set-growth-1", "sliced-string": "sliced-strings-1",
    "stream-backlog": "stream-buffers-1", "timer-interval": "timers-1", "timer-timeout": "timers-1",
    "weakmap-live-key": "weakmap-live-keys-1",
    "agent-idle": "http-agents-1", "agent-queue": "http-agents-1", "duplicated-string": "duplicated-strings-1",
    "module-cache": "module-cache-1", "socket-open": "open-sockets-1", "vm-context": "detached-windows-1",
    "cache-unbounded": "effect-cache-1", "fiber-als": "effect-fibers-1", "fiber-deferred": "effect-fibers-1",
    "fiber-never": "effect-fibers-1", "fiber-orphan": "effect-fibers-1", "fiber-results": "effect-fibers-1",
    "fiber-set": "effect-fibers-1", "fiber-sleep": "effect-fibers-1", "fiber-take": "effect-fibers-1",
    "layer-memomap": "effect-layers-1", "layer-registry": "effect-runtimes-1", "layer-runtime": "effect-runtimes-1",
    "mailbox": "effect-buffers-1", "pubsub-unbounded": "effect-buffers-1",
    "queue-unbounded": "effect-buffers-1", "scope-finalizer": "effect-open-scope-1", "scope-forked": "effect-open-scope-1",
    "scope-open": "effect-open-scope-1",
    # Nothing is ever published: what holds each subscription and its state are finalizers of one scope that stays open.
    "pubsub-subscriptions": "effect-open-scope-1", "stream-buffer": "effect-buffers-1", "stream-push": "effect-buffers-1",
}
CONNECTIONS = {"agent-idle", "agent-queue", "socket-open"}
# Bun's snapshots do not tell what these hold; its inspector shows the first entries, and the finding says whose.
SHOWN = {"map-cache": "probably by the Map @", "set-registry": "probably by the Set @"}
# Nothing can resume these fibers, and Effect 4 holds none by itself: they are collected, so there is no leak.
SILENT = {"4/fiber-orphan", "4/fiber-orphan.min"}
# Building a shared layer once more adds a finalizer to the one scope of the program, in Effect 3 and 4, until that scope
# closes: the twin builds no layer again, but leaks these, and on Node must be told so and nothing else.
OPEN_SCOPES = {"3/layer-memomap", "3/layer-memomap.min", "4/layer-memomap", "4/layer-memomap.min"}
# On Deno 2.9 an AsyncResource keeps the one in whose context it was made, so a fiber that lives on keeps one of each time that
# it waited, 200 and more in a step of 200: these twins leak AsyncResources, and of nothing else may be said that it grew.
ASYNC_RESOURCES = {f"4/{name}{kind}" for name in ("fiber-never", "stream-buffer", "stream-push") for kind in ("", ".min")}

parser = argparse.ArgumentParser()
parser.add_argument("--runtimes", default=",".join(runtimes()))
parser.add_argument("--programs", default="")
parser.add_argument("--effect", action="store_true")
parser.add_argument("--minified", action="store_true")
parser.add_argument("--few", action="store_true")
parser.add_argument("--count", type=int, default=1000)
parser.add_argument("--no-healthy", action="store_true")
options = parser.parse_args()
if options.effect:
    programs = {f"{p.parent.name}/{p.stem}": p for p in sorted((SHARED / "targets/effect").glob("[34]/*.mjs"))}
else:
    programs = {p.stem: p for folder in (SHARED / "targets/leaks", PROGRAMS / "leaks") for p in sorted(folder.glob("*.?js"))}
names = options.programs.split(",") if options.programs else FEW if options.few else sorted(programs)
table = Table()


def minified(name, folder):
    """A program in one file, and what its classes are called there: esbuild leaves a letter of each name."""
    esbuild = next((str(c) for c in (os.environ.get("RETINUE_ESBUILD"), shutil.which("esbuild"),
                                     ROOT / ".build/runtimes/workerd/node_modules/@esbuild/linux-x64/bin/esbuild")
                    if c and os.access(c, os.X_OK)), None)
    if not esbuild:
        raise Missed("esbuild is needed: on PATH or in RETINUE_ESBUILD")
    source = programs[name]
    small = folder / source.name
    kind = ["--format=cjs"] if source.suffix == ".cjs" else ["--format=esm", "--bundle", "--platform=node"]
    subprocess.run([esbuild, source, "--minify", "--log-level=error", *kind, f"--outfile={small}"], check=True, timeout=60)
    return small, set(re.findall(r"class (\w+)", small.read_text())) | set(re.findall(r"(\w+)=class\b", small.read_text()))


def count_of(name):
    return min(options.count, COUNTS.get(name, options.count))


def series(fleet, runtime, name, healthy):
    path = minified(name, fleet.folder)[0] if options.minified else programs[name]
    program = fleet.start(runtime, path, count_of(name), *(["--healthy"] if healthy else []),
                          service=name.replace("/", "-"), instance=f"{runtime}-{'healthy' if healthy else 'leaking'}")
    try:
        program.expect("READY", 60)
        target = fleet.target(program)["id"]
        label = f"{name.replace('/', '-')}-{runtime}-{'h' if healthy else 'l'}"
        for number, mark in enumerate(("baseline", "action", "repeat")):
            if number:
                seen = len(program.lines)
                program.say("step")
                program.expect("STEP", 60, since=seen)
            taken = fleet.cli("snapshot", "take", "--target", target, "--series", label, "--mark", mark, "--json")
            rows = taken if isinstance(taken, list) else taken.get("targets", taken.get("snapshots"))
            if rows[0]["state"] != "complete":
                raise Missed(f"{mark}: {rows[0]}")
        found = fleet.cli("leaks", "--selector", f"service={name.replace('/', '-')}", "--series", label, "--json", check=(0, 3))
        return found if isinstance(found, list) else found["findings"]
    finally:
        program.end()


def leaking(fleet, runtime, name):
    findings = series(fleet, runtime, name, healthy=False)
    if not findings:
        return "no finding", name in SILENT
    first = findings[0]
    steps = first["objectsPerStep"]
    rule = RULES[name.split("/")[-1].removesuffix(".min")]
    # What Bun's connections hold hangs on roots of its own, so the connection itself is what is found.
    isNamed = first["class"].endswith("Leak") or runtime == "bun" and name in CONNECTIONS
    if options.minified:
        isNamed = first["class"] in minified(name, fleet.folder)[1]
    held = (isNamed and steps == [count_of(name)] * 2 and len(findings) <= 2
            and (runtime == "bun" or len(first["retainerPath"]) > 1)
            and (not runtime.startswith("node") or first["rule"] == rule))
    if runtime == "bun" and not options.minified:
        held = held and SHOWN.get(name, "") in first["explanation"]
    path = " > ".join(first["retainerPath"])[:160]
    return f"{first['class']} {steps}, {first['rule']}, {len(findings)} finding(s), {path or 'no path'}", held


def healthy(fleet, runtime, name):
    findings = series(fleet, runtime, name, healthy=True)
    held = not findings
    if name in OPEN_SCOPES:
        # The finalizers are plain objects and functions, among which others may be counted.
        held = len(findings) <= 1 and not any(f["class"].endswith("Leak") for f in findings)
        if runtime.startswith("node"):
            told = [f["rule"] for f in findings if min(f["objectsPerStep"]) >= count_of(name)]
            held = held and told == ["effect-open-scope-1"]
    if runtime == "deno" and name in ASYNC_RESOURCES:
        held = len(findings) <= 2 and all(f["class"] == "AsyncResource" for f in findings)
    said = [(f["class"], f["objectsPerStep"], f["rule"]) for f in findings]
    return (str(said) if findings else "silent"), held


with Fleet() as fleet:
    for runtime in options.runtimes.split(","):
        if runtime not in runtimes():
            continue
        for name in names:
            table.attempt(f"{runtime} {name}", "planted class first, its count, its rule, path, <= 2 findings",
                          lambda: leaking(fleet, runtime, name))
            if not options.no_healthy:
                table.attempt(f"{runtime} {name} healthy", "silent", lambda: healthy(fleet, runtime, name))
held = sum(row[3] for row in table.rows)
print(f"{held} of {len(table.rows)} held")
table.exit()

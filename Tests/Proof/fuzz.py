#!/usr/bin/env python3
"""On random snapshots our numbers are those of DevTools' own worker: fuzz.py [COUNT [FIRST_SEED]]

1,000 small heaps full of odd cases (../shared/bench/fuzz-snapshot.mjs) through the worker of the installed Chromium and
through `retinue analyze`: self sizes, dominators, retained sizes and distances by digest, every class row and the
statistics. Those on which DevTools itself throws or never ends are counted and left out. Where DevTools lets classes of
one key overwrite each other, our row must be their sum by its definitions, and say what DevTools shows.
"""
from concurrent.futures import ThreadPoolExecutor
from fleet import *

table = Table()
BENCH = SHARED / "bench"
PATIENCE = 10  # seconds of CPU for one small snapshot; DevTools needs a hundredth
count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
node = runtimes().get("node24")
resources = pathlib.Path("/usr/lib/chromium/resources.pak")
if not (node and resources.exists() and BENCH.exists()):
    print("skipped: Node 24, an installed Chromium and ../shared/bench are needed", file=sys.stderr)
    sys.exit(1)
scratch = pathlib.Path(tempfile.mkdtemp(prefix="retinue-fuzz-"))


def devtools():
    """Seed -> what DevTools says; None where it never ends."""
    answers, seed = {}, first
    while seed < first + count:
        begun = seed
        program = Program([node, PROGRAMS / "fuzz.mjs", BENCH, scratch / "worker", scratch, str(seed),
                           str(first + count)], stdin=False)
        while seed < first + count:
            if not answered(program, seed - begun):
                program.process.kill()
                answers[seed] = None
                seed += 1
                break
            answers[seed] = json.loads(program.lines[seed - begun])
            seed += 1
        program.end()
    return answers


def answered(program, number):
    """Whether a line came before a small snapshot took PATIENCE seconds of CPU: other work makes nothing endless."""
    used = cpu([program.pid])

    def either():
        if len(program.lines) > number:
            return "answer"
        if program.process.poll() is not None:
            time.sleep(0.5)  # its last lines
            return "answer" if len(program.lines) > number else "end"
        return "endless" if cpu([program.pid]) - used > PATIENCE else None

    outcome = until("an answer of DevTools' worker", 300, either, every=0.02)
    if outcome == "end":
        raise Missed(f"DevTools' worker ended: {program.errors[-5:]}")
    return outcome == "answer"


def ours(seed):
    done = subprocess.run([str(BIN / "retinue"), "analyze", str(scratch / f"{seed}.heapsnapshot"), "--json", "--digests"],
                          capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr.strip()}


def differences(theirs, mine):
    """Names of what is not equal."""
    if "failed" in mine:
        return [f"ours failed: {mine['failed']}"]
    found = [f"digest of {name}" for name, digest in theirs["digests"].items()
             if mine["digests"][name]["sha256"] != digest]
    found += [name for name in ("nodeCount", "statistics") if mine[name] != theirs[name]]
    rows = {row["key"]: row for row in mine["classes"]}
    expected = {row["key"]: {"countInDevTools": None, **row} for row in theirs["classes"]}
    return found + [f"class {key}: {expected.get(key)} here {rows.get(key)}"
                    for key in sorted(rows.keys() | expected.keys()) if rows.get(key) != expected.get(key)]


def act():
    answers = devtools()
    endless = [seed for seed, answer in answers.items() if answer is None]
    failed = [seed for seed, answer in answers.items() if answer and "failed" in answer]
    compared = [seed for seed, answer in answers.items() if answer and "failed" not in answer]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        mine = dict(zip(compared, pool.map(ours, compared)))
    wrong = {seed: found for seed in compared if (found := differences(answers[seed], mine[seed]))}
    for seed, found in list(wrong.items())[:10]:
        print(f"      seed {seed}: {'; '.join(found[:4])}")
    merged = sum(any("countInDevTools" in row for row in answers[seed]["classes"]) for seed in compared)
    rows = sum(len(answers[seed]["classes"]) for seed in compared)
    said = (f"{len(compared)} compared with {rows} class rows, {len(wrong)} differ; left out {len(failed)} on which "
            f"DevTools throws and {len(endless)} on which it never ends; {merged} with classes that DevTools overwrites")
    return said, not wrong and len(compared) >= 0.9 * count and merged > 0


try:
    subprocess.run([node, BENCH / "dt-unpak.mjs", resources, scratch / "worker"], check=True, capture_output=True, timeout=60)
    table.attempt(f"{count} random snapshots", "all numbers equal, at least 9 of 10 compared", act)
finally:
    shutil.rmtree(scratch)
table.exit()

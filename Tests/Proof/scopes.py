#!/usr/bin/env python3
"""Closure variables that no living function reads are those that DevTools' own worker lists: scopes.py

A page of the installed Chromium keeps closures of which only one of two was let go; what it leaves behind in their
contexts, its sizes and order are equal to DevTools' `analyzeContexts`, and none is found where all functions live.
"""
import urllib.request
from fleet import *

table = Table()
BENCH = SHARED / "bench"
node = runtimes().get("node24")
chromium = all_runtimes().get("chromium")
resources = pathlib.Path("/usr/lib/chromium/resources.pak")
if not (node and chromium and resources.exists() and BENCH.exists()):
    print("skipped: Node 24, an installed Chromium and ../shared/bench are needed", file=sys.stderr)
    sys.exit(1)
scratch = pathlib.Path(tempfile.mkdtemp(prefix="retinue-scopes-"))
PAGE = """<!doctype html><title>scopes</title><script>
function handlerOf(n) {
  const big = new Array(1000 + n).fill(n), label = 'label ' + n;
  let used = n;
  function once() { return big.length + label.length; }
  once();
  return function handler() { return used++; };
}
function pairOf(n) {
  const kept = { n }, gone = new Map([[n, 'x'.repeat(100 + n)]]);
  { let inner = [n]; window.inners.push(() => inner); }
  return [() => kept, KEEP ? () => gone : (() => gone)()];
}
window.inners = [];
window.handlers = Array.from({ length: 20 }, (_, n) => KEEP ? 0 : handlerOf(n));
window.pairs = Array.from({ length: 5 }, (_, n) => pairOf(n).map((f) => typeof f === 'function' ? f : 0));
document.title = 'ready';
</script>"""


def titles(address):
    try:
        with urllib.request.urlopen(f"http://{address}/json/list", timeout=5) as answer:
            return [target["title"] for target in json.load(answer)]
    except OSError:
        return None


def snapshot(keep):
    page, path = scratch / "page.html", scratch / f"keep-{keep}.heapsnapshot"
    page.write_text(PAGE.replace("KEEP", keep))
    browser = Program([chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={scratch}/profile",
                       "--remote-debugging-port=0", page.as_uri()], stdin=False)
    try:
        line = browser.expect("DevTools listening on ", 30)
        address = line.split("ws://")[1].split("/")[0]
        until("the page", 30, lambda: 'ready' in (titles(address) or []))
        until("a snapshot", 30, lambda: subprocess.run(
            [node, BENCH / "cdp-snapshot.mjs", f"http://{address}", path], capture_output=True, timeout=60).returncode == 0)
    finally:
        browser.end()
    return path


def row(scope, contexts, name):
    return (scope["script"], scope["function"], scope["start"], scope["end"], scope["variableCount"],
            [(c["id"], c["retainedSize"], c["unreadSize"],
              [(v["name"], v["valueID"], v[name], v["selfSize"], v["retainedSize"]) for v in c["variables"]])
             for c in contexts])


def act(keep, scopes, contexts):
    path = snapshot(keep)
    answer = lambda *argv: json.loads(subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=120,
                                                     check=True).stdout)
    theirs = answer(node, PROGRAMS / "scopes.mjs", BENCH, scratch / "worker", path)
    mine = answer(BIN / "retinue", "analyze", path, "--unread-variables", "--json", "--limit", "8192")
    ours = [row(scope, scope["contexts"], "valueName") for scope in mine["scopes"]]
    expected = [row(scope, scope["contexts"], "valueName") for scope in theirs]
    count = sum(len(scope[5]) for scope in ours)
    said = f"{len(ours)} functions with {count} contexts, {'equal' if ours == expected else f'{expected} here {ours}'[:600]}"
    return said, ours == expected and len(ours) == scopes and count == contexts


try:
    subprocess.run([node, BENCH / "dt-unpak.mjs", resources, scratch / "worker"], check=True, capture_output=True, timeout=60)
    table.attempt("chromium: unread variables", "2 functions with 25 contexts, as in DevTools", lambda: act("false", 2, 25))
    table.attempt("chromium: the healthy twin", "none, as in DevTools", lambda: act("true", 0, 0))
finally:
    shutil.rmtree(scratch)
table.exit()

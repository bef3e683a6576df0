#!/usr/bin/env python3
"""Leaks of a page are found in the installed Chromium by the rules that are meant for them: dom.py [PAGE...]

Each page plants 40 of a class in each of two steps, and each has a twin that cleans up. All run in one browser under
one agent and one collector, with a series of three snapshots each, and are seen as any other target. The planted class
must be the first finding, with its count and its rule, and at most two findings in all; the twin must be silent.
"""
import http.server, urllib.request
from browsers import *

COUNT = 40
STEPS = ("baseline", "action", "repeat")
# Per page: the rule that is meant for it, what finding comes first, and the script of one round of either kind.
PAGES = {
    "detached-nodes": ("detached-dom-1", "RowLeak", """
class RowLeak { constructor(n) { this.element = document.createElement('section'); this.element.append('row ' + n); } }
window.rows = [];
function round(n) {
  const row = new RowLeak(n);
  document.body.append(row.element);
  row.element.remove();
  if (leaks) rows.push(row);
}"""),
    "detached-tree": ("detached-dom-1", "Detached <li>", """
window.lists = [];
function round(n) {
  const list = document.createElement('ol');
  for (let i = 0; i < 20; i++) list.append(document.createElement('li'));
  document.body.append(list);
  // One item keeps the whole list.
  if (leaks) lists.push(list.firstChild);
  list.remove();
}"""),
    "window-listeners": ("event-target-listeners-1", "ListenerLeak", """
class ListenerLeak { constructor(n) { this.n = n; this.payload = new Array(100).fill(n); } resized() { this.n++; } }
function round(n) {
  const state = new ListenerLeak(n);
  const listener = () => state.resized();
  addEventListener('resize', listener);
  if (!leaks) removeEventListener('resize', listener);
}"""),
    "element-listeners": ("event-target-listeners-1", "ElementLeak", """
class ElementLeak { constructor(n) { this.n = n; this.payload = new Array(100).fill(n); } clicked() { this.n++; } }
const button = document.body.appendChild(document.createElement('button'));
function round(n) {
  const state = new ElementLeak(n);
  const listener = { handleEvent() { state.clicked(); } };
  button.addEventListener('click', listener);
  if (!leaks) button.removeEventListener('click', listener);
}"""),
    "abort-signal": ("event-target-listeners-1", "AbortLeak", """
class AbortLeak { constructor(n) { this.n = n; this.payload = new Array(100).fill(n); } stop() { this.n++; } }
window.shutdown = new AbortController();
function round(n) {
  const state = new AbortLeak(n);
  const listener = () => state.stop();
  shutdown.signal.addEventListener('abort', listener);
  if (!leaks) shutdown.signal.removeEventListener('abort', listener);
}"""),
    "timers": ("timers-1", "TimerLeak", """
class TimerLeak { constructor(n) { this.n = n; this.payload = new Array(100).fill(n); } tick() { this.n++; } }
function round(n) {
  const state = new TimerLeak(n);
  const timer = setInterval(() => state.tick(), 3_600_000);
  if (!leaks) clearInterval(timer);
}"""),
    "windows": ("detached-windows-1", "FrameLeak", """
class FrameLeak { constructor(view) { this.view = view; } }
window.views = [];
function round(n) {
  if (n % 4) return;  // each is a whole window
  const frame = document.body.appendChild(document.createElement('iframe'));
  if (leaks) views.push(new FrameLeak(frame.contentWindow)); else new FrameLeak(frame.contentWindow);
  frame.remove();
}"""),
}
# Of each list twenty items stay; of four rounds one makes a window.
PER_STEP = {"detached-tree": 20 * COUNT, "windows": COUNT // 4}
PROTOCOL = """
performance.setResourceTimingBufferSize(0);  // else each question below leaves an entry
let done = 0, total = 0;
async function look() {
  const step = Number(await (await fetch(location.pathname + '/step')).text());
  if (step <= done) return;
  done = step;
  for (let i = 0; i < %d; i++) round(total++);
  await fetch(location.pathname + '/done/' + step);
}
(async () => { for (;;) { await look(); await new Promise((ok) => setTimeout(ok, 100)); } })();
""" % COUNT


class Pages(http.server.ThreadingHTTPServer):
    """Serves each page, tells it at which step it should be and keeps which one it has done."""
    daemon_threads = True

    def __init__(self):
        self.step, self.done = 0, {}
        pages = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name, *rest = self.path.strip("/").split("/")
                page, _, kind = name.partition("--")
                body = b""
                if rest == ["step"]:
                    pages.done.setdefault(name, 0)
                    body = str(pages.step).encode()
                elif rest[:1] == ["done"]:
                    pages.done[name] = int(rest[1])
                elif page in PAGES:
                    script = f"const leaks = {'false' if kind else 'true'};{PAGES[page][2]}{PROTOCOL}"
                    body = f"<!doctype html><title>{name}</title><body><script>{script}</script>".encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain" if rest else "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


def open_pages(fleet, server, names):
    """One browser with a page for each name; the row of the targets' list of each."""
    browser = start_page(fleet, "chromium", f"{server.address}/{names[0]}", service="dom")
    line = browser.expect("DevTools listening on ", 60)
    port = line.split("ws://")[1].split("/")[0]
    for name in names[1:]:
        asked = urllib.request.Request(f"http://{port}/json/new?{server.address}/{name}", method="PUT")
        urllib.request.urlopen(asked, timeout=30).read()
    until("every page runs", 60, lambda: all(name in server.done for name in names))

    def rows():
        found = {}
        for row in fleet.cli("targets", "--json"):
            name = row["title"].rsplit("/", 1)[-1]
            if name in names and row["state"] == "attached" and "snapshot" in row["capabilities"]:
                found[name] = row
        return found if found.keys() == set(names) else None
    return until("every page is attached", 60, rows, every=0.5)


def findings(fleet, name):
    return fleet.cli("leaks", "--selector", "service=dom", "--series", name, "--json", check=(0, 3))["findings"]


def leaking(fleet, name):
    rule, class_name, _ = PAGES[name]
    found = findings(fleet, name)
    if not found:
        return "no finding", False
    first = found[0]
    wanted = [PER_STEP.get(name, COUNT)] * 2
    held = first["class"] == class_name and first["objectsPerStep"] == wanted and first["rule"] == rule and len(found) <= 2
    path = " > ".join(first["retainerPath"])
    return f"{first['class']} {first['objectsPerStep']}, {first['rule']}, {len(found)} finding(s), {path[:300]}", held


def healthy(fleet, name):
    found = findings(fleet, name)
    return ("silent" if not found else f"{[(f['class'], f['objectsPerStep'], f['rule']) for f in found]}"), not found


table = Table()
if "chromium" not in all_runtimes():
    print("skipped: an installed Chromium is needed", file=sys.stderr)
    sys.exit(1)
wanted = sys.argv[1:] or list(PAGES)
with Fleet() as fleet:
    server = Pages()
    names = [name + kind for name in wanted for kind in ("", "--healthy")]
    rows = open_pages(fleet, server, names)
    for mark in STEPS:
        server.step += 1
        until("every page has planted", 60, lambda: all(server.done[name] >= server.step for name in names))
        for name in names:
            taken = fleet.cli("snapshot", "take", "--target", rows[name]["id"], "--series", name, "--mark", mark, "--json")
            if taken["targets"][0]["state"] != "complete":
                raise Missed(f"{name}, {mark}: {taken['targets'][0]}")
    for name in wanted:
        table.attempt(f"chromium {name}", f"{PAGES[name][1]} first, its count, {PAGES[name][0]}, <= 2 findings",
                      lambda: leaking(fleet, name))
        table.attempt(f"chromium {name} healthy", "silent",
                      lambda: healthy(fleet, name + "--healthy"))
    server.shutdown()
table.exit()

#!/usr/bin/env python3
"""Takes a heap snapshot of a page in Firefox, and asks Firefox's own reader what is in it.

    take-snapshot.py FOLDER PAGE.html [FIREFOX]

writes FOLDER/page.fxsnapshot and FOLDER/page.expected.json: Firefox's census (objects by class,
DOM nodes by name, the rest by type) and its dominator tree (the root, what it retains, and the
objects it dominates at once, each with its retained size). The page's title says when it is ready.

The snapshot is one of the tab, taken by the memory actor; the reader is that of the parent process.
"""
import json, os, shutil, signal, socket, subprocess, sys, tempfile, time

PREFERENCES = (
    'user_pref("devtools.debugger.remote-enabled", true);'
    'user_pref("devtools.chrome.enabled", true);'
    'user_pref("devtools.debugger.prompt-connection", false);'
)
QUESTION = """(() => {
  const snapshot = ChromeUtils.readHeapSnapshot(%s);
  const count = { by: 'count', count: true, bytes: true };
  const tree = snapshot.computeDominatorTree();
  const children = tree.getImmediatelyDominated(tree.root);
  return JSON.stringify({
    census: snapshot.takeCensus({ breakdown: {
      by: 'coarseType',
      objects: { by: 'objectClass', then: count, other: count },
      scripts: count,
      strings: count,
      other: { by: 'internalType', then: count },
      domNode: { by: 'descriptiveType', then: count, other: count },
    } }),
    root: tree.root,
    rootRetained: tree.getRetainedSize(tree.root),
    rootChildren: children.map(node => [node, tree.getRetainedSize(node)]),
  });
})()"""
EVENTS = {
    "tabListChanged", "workerListChanged", "processListChanged", "forwardingCancelled",
    "target-available-form", "target-destroyed-form", "frameUpdate", "tabNavigated",
    "garbage-collection", "allocations", "evaluationResult",
}


class Connection:
    def __init__(self, port, deadline):
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), 2)
                break
            except OSError:
                if time.time() > deadline:
                    raise
                time.sleep(0.2)
        self.socket.settimeout(90)
        self.buffer = b""
        self.events = []
        self.receive()

    def receive(self):
        while True:
            end = self.buffer.find(b":")
            if end >= 0:
                length = int(self.buffer[:end])
                if len(self.buffer) > end + length:
                    packet = self.buffer[end + 1 : end + 1 + length]
                    self.buffer = self.buffer[end + 1 + length :]
                    return json.loads(packet)
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise EOFError("Firefox closed the connection")
            self.buffer += piece

    def ask(self, actor, kind, **fields):
        request = json.dumps({"to": actor, "type": kind, **fields}).encode()
        self.socket.sendall(b"%d:" % len(request) + request)
        while True:
            packet = self.receive()
            if packet["from"] == actor and packet.get("type") not in EVENTS:
                if "error" in packet:
                    raise RuntimeError(packet)
                return packet
            self.events.append(packet)

    def event(self, is_wanted):
        while True:
            for packet in self.events:
                if is_wanted(packet):
                    return packet
            self.events.append(self.receive())

    def evaluate(self, console, text):
        result_id = self.ask(console, "evaluateJSAsync", text=text)["resultID"]
        packet = self.event(lambda packet: packet.get("resultID") == result_id)
        if packet.get("hasException"):
            raise RuntimeError(packet.get("exceptionMessage"))
        result = packet["result"]
        if isinstance(result, dict) and result.get("type") == "longString":
            actor, length = result["actor"], result["length"]
            return self.ask(actor, "substring", start=0, end=length)["substring"]
        return result


def take(connection, folder, temporary, deadline):
    while True:
        tabs = connection.ask("root", "listTabs")["tabs"]
        ready = [tab for tab in tabs if "ready" in (tab.get("title") or "")]
        if ready:
            break
        if time.time() > deadline:
            raise TimeoutError("the page did not get ready")
        time.sleep(0.2)
    watcher = connection.ask(
        ready[0]["actor"], "getWatcher",
        isServerTargetSwitchingEnabled=True, isPopupDebuggingEnabled=False,
    )["actor"]
    connection.ask(watcher, "watchTargets", targetType="frame")
    target = connection.event(lambda packet: packet.get("type") == "target-available-form")
    memory = target["target"]["memoryActor"]
    connection.ask(memory, "attach")
    snapshot_id = connection.ask(memory, "saveHeapSnapshot")["snapshotId"]
    path = os.path.join(temporary, snapshot_id + ".fxsnapshot")
    shutil.copy(path, os.path.join(folder, "page.fxsnapshot"))

    process = connection.ask("root", "getProcess", id=0)["processDescriptor"]["actor"]
    console = connection.ask(process, "getTarget")["process"]["consoleActor"]
    answer = connection.evaluate(console, QUESTION % json.dumps(path))
    with open(os.path.join(folder, "page.expected.json"), "w") as file:
        file.write(answer)


def main(folder, page, firefox="firefox-esr"):
    base = tempfile.mkdtemp(prefix="retinue-firefox-")
    profile, temporary = os.path.join(base, "profile"), os.path.join(base, "tmp")
    os.mkdir(profile)
    os.mkdir(temporary)
    with open(os.path.join(profile, "user.js"), "w") as file:
        file.write(PREFERENCES)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    browser = subprocess.Popen(
        [firefox, "--headless", "--no-remote", "--profile", profile,
         "--start-debugger-server", str(port), "file://" + os.path.abspath(page)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "TMPDIR": temporary, "HOME": base},
    )
    try:
        deadline = time.time() + 90
        take(Connection(port, deadline), folder, temporary, deadline)
    finally:
        os.killpg(browser.pid, signal.SIGTERM)
        try:
            browser.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()
        time.sleep(0.3)
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

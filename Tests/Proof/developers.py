"""What a developer does with each kind of runtime (programs/obey.js), and how it looks to him afterwards."""
from devtools_client import *
from subjects import *


def developer(subject):
    """The one that fits what a subject runs on."""
    if subject.kind in ("bun", "webkitgtk"):
        return WebInspector(subject)
    return Toolbox(subject) if subject.kind == "firefox" else DevTools(subject)


def after(argv, name):
    """What stands behind an option on a command line, with `=` or as the next word."""
    return next(word.split("=", 1)[1] if "=" in word else argv[i + 1]
                for i, word in enumerate(argv) if word.split("=", 1)[0] == name)


def listed(port, address=None):
    """The WebSocket's address of the program, or of the page at an address, that an inspector lists."""
    rows = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10).read())
    url = next(row["webSocketDebuggerUrl"] for row in rows if address in (None, row.get("url")))
    # Some leave the host out.
    return re.sub(r"^ws://[^/]*", f"ws://127.0.0.1:{port}", url)


class Developer:
    """What all of them do."""
    printed, paused, resumed = "Runtime.consoleAPICalled", "Debugger.paused", "Debugger.resumed"

    def __init__(self, subject):
        self.subject = subject
        self.attach()
        self.print()
        self.remember()

    def remember(self):
        """What is to be as it is now."""

    def print(self):
        """The program prints an object; it arrives."""
        seen = len(self.client.seen(self.printed))
        self.subject.order("print 1")
        until("what was printed", 20, lambda: len(self.client.seen(self.printed)) > seen)

    def stops(self):
        """He stops the program, and it goes on when he says so."""
        seen, gone_on = len(self.client.seen(self.paused)), len(self.client.seen(self.resumed))
        self.pause()
        until("the program stands still", 20, lambda: len(self.client.seen(self.paused)) > seen)
        time.sleep(2.5)                     # the agent wants readings meanwhile
        if len(self.client.seen(self.resumed)) > gone_on:
            raise Missed("somebody else let the program go on")
        self.resume()
        until("it goes on", 20, lambda: len(self.client.seen(self.resumed)) > gone_on)

    def disturbances(self):
        """What is not as he left it."""
        if not self.client.is_open:
            return ["his session was closed"]
        found = []
        for event in self.client.seen(self.printed):
            for argument in self.arguments(event):
                try:
                    self.open(argument)
                except Missed as error:
                    found.append(f"an object he saw in the console is gone ({error})")
        return sorted(set(found + self.lost()))


class DevTools(Developer):
    """V8's, by the Chrome DevTools protocol: a heap snapshot, and an object in it that has an id."""

    def attach(self):
        subject = self.subject
        if subject.kind == "chromium":
            url = listed(next(iter(subject.ports())), subject.address)
        elif subject.kind == "workerd":
            url = listed(after(subject.program.argv, "--inspector-addr").split(":")[1])
        elif subject.kind == "wrangler":
            url = listed(after(subject.program.argv, "--inspector-port"))
        else:
            url = re.search(r"ws://\S+", subject.program.expect("Debugger listening on ws://")).group()
        self.client = Client(url)
        for domain in ("Runtime", "Debugger", "HeapProfiler"):
            self.client.call(f"{domain}.enable")

    def remember(self):
        self.landmark = next(found for event in self.client.seen(self.printed) for found in self.arguments(event))
        # An object has an id once it was in a snapshot.
        self.snapshot()
        self.id = self._id()

    def _id(self):
        return self.client.call("HeapProfiler.getHeapObjectId", objectId=self.landmark)["heapSnapshotObjectId"]

    def pause(self):
        """A breakpoint at what the program does again and again, and a worker when it is asked something."""
        scripts = [e["params"] for e in self.client.seen("Debugger.scriptParsed")]
        for script in reversed([s for s in scripts if re.search(r"(obey\.js|worker\.m?js)$", s["url"])]):
            source = self.client.call("Debugger.getScriptSource", scriptId=script["scriptId"])["scriptSource"]
            lines = [i for i, text in enumerate(source.splitlines()) if "const [order," in text]
            if lines:
                break
        place = {"scriptId": script["scriptId"], "lineNumber": lines[0]}
        self.breakpoint = self.client.call("Debugger.setBreakpoint", location=place)["breakpointId"]
        if self.subject.entry:
            self.subject.order("print 1")

    def resume(self):
        self.client.call("Debugger.removeBreakpoint", breakpointId=self.breakpoint)
        self.client.call("Debugger.resume")

    def arguments(self, event):
        return [argument["objectId"] for argument in event["params"]["args"] if "objectId" in argument]

    def open(self, argument):
        self.client.call("Runtime.getProperties", objectId=argument)

    def lost(self):
        id = self._id()
        return [] if id == self.id else [f"the id of his object was {self.id} and is {id}"]

    def snapshot(self):
        self.client.call("HeapProfiler.takeHeapSnapshot", 120, reportProgress=False)

    def leave(self):
        self.client.call("HeapProfiler.disable")
        self.client.close()


class WebInspector(Developer):
    """JavaScriptCore's: a heap snapshot, and an object in it that is found again by its id."""
    printed = "Console.messageAdded"

    def attach(self):
        subject = self.subject
        if subject.kind == "bun":
            self.client = Client(f"ws://127.0.0.1:{next(iter(subject.ports()))}/subject")
        else:
            environment = open(f"/proc/{subject.program.pid}/environ").read()
            port = re.search(r"WEBKIT_INSPECTOR_HTTP_SERVER=127\.0\.0\.1:(\d+)", environment).group(1)
            self.client = WebKitClient.coming(port, subject.address)
        for domain in ("Runtime", "Console", "Debugger", "Heap"):
            # All clients of a Bun share what is enabled.
            with contextlib.suppress(Missed):
                self.client.call(f"{domain}.enable")
        snapshot = json.loads(self.client.call("Heap.snapshot", 120)["snapshotData"])
        item = snapshot["nodeClassNames"].index("ObeyItem")
        size = 7 if snapshot.get("type") == "GCDebugging" else 4
        nodes = snapshot["nodes"]
        self.id = max(nodes[i] for i in range(0, len(nodes), size) if nodes[i + 2] == item)

    def pause(self):
        self.client.call("Debugger.setBreakpointsActive", active=True)
        self.client.call("Debugger.pause")

    def resume(self):
        self.client.call("Debugger.resume")

    def arguments(self, event):
        return [p["objectId"] for p in event["params"]["message"].get("parameters", []) if "objectId" in p]

    def open(self, argument):
        self.client.call("Runtime.getProperties", objectId=argument, ownProperties=True)

    def lost(self):
        found = self.client.call("Heap.getRemoteObject", heapObjectId=self.id, objectGroup="developer")["result"]
        return [] if found.get("className") == "ObeyItem" else [f"the id {self.id} of his object is now of {found}"]

    def snapshot(self):
        self.client.call("Heap.snapshot", 120)

    def leave(self):
        self.client.close()


class Toolbox(Developer):
    """Firefox's: console, a pause, and the memory actor that he has attached to."""
    printed, paused, resumed = "resources-available-array", "paused", "resumed"

    def attach(self):
        self.client = FirefoxClient(int(after(self.subject.program.argv, "--start-debugger-server")))
        tabs = self.client.call("root", "listTabs")["tabs"]
        tab = next(tab for tab in tabs if tab["url"] == self.subject.address)
        watcher = self.client.call(tab["actor"], "getWatcher", isServerTargetSwitchingEnabled=True)["actor"]
        self.client.call(watcher, "watchTargets", targetType="frame")
        event = until("the page's target", 20, lambda: self.client.seen("target-available-form"))[0]
        self.target = event["target"]
        self.client.call(watcher, "watchResources", resourceTypes=["console-message"])
        self.client.call(self.target["threadActor"], "attach", options={})
        self.client.call(self.target["memoryActor"], "attach")
        self.client.call(self.target["memoryActor"], "startRecordingAllocations", options={"probability": 0.01})
        self.size = self.client.call(self.target["memoryActor"], "measure")["total"]

    def pause(self):
        self.client.call(self.target["threadActor"], "interrupt", when="onNext")

    def resume(self):
        self.client.call(self.target["threadActor"], "resume")

    def arguments(self, event):
        messages = [m for kind, rows in event["array"] if kind == "console-message" for m in rows]
        return [a["actor"] for m in messages for a in m["arguments"] if isinstance(a, dict) and "actor" in a]

    def open(self, argument):
        self.client.call(argument, "prototypeAndProperties")

    def lost(self):
        memory, found = self.target["memoryActor"], []
        if self.client.call(memory, "getState")["state"] != "attached":
            found.append("his memory actor is detached")
        if not self.client.call(memory, "getAllocations")["allocations"]:
            found.append("his recording of allocations has ended")
        return found

    def snapshot(self):
        self.client.call(self.target["memoryActor"], "saveHeapSnapshot")

    def leave(self):
        self.client.close()

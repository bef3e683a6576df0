"""Developers' clients: sessions as DevTools, Web Inspector and Firefox's toolbox would hold one. Standard library only."""
import base64, contextlib, json, os, re, socket, struct, threading, time, urllib.request
from urllib.parse import urlsplit
from fleet import Missed, until


class Session:
    """A connection on which JSON goes both ways: calls have answers, and events come."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), 10)
        self.stream = self.socket.makefile("rb")
        self.replies, self.events, self.last = {}, [], 0
        self.is_open = True

    def listen(self):
        self.socket.settimeout(None)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while (text := self.receive()) is not None:
                self.received(text)
        except (OSError, ValueError, struct.error):
            pass
        self.is_open = False

    def seen(self, name):
        """The events of a kind, so far."""
        return [event for event in self.events if event.get("method", event.get("type")) == name]

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


class Client(Session):
    """A session over a WebSocket: V8's inspector, Chromium's, Bun's."""

    def __init__(self, url):
        parts = urlsplit(url)
        super().__init__(parts.hostname, parts.port)
        self.socket.sendall((f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        status = self.stream.readline()
        if b" 101 " not in status:
            raise Missed(f"the inspector took no developer: {status}")
        while self.stream.readline().strip():
            pass
        self.listen()

    def receive(self):
        """The next message, of however many frames; None at the end."""
        text, is_last = b"", False
        while not is_last:
            head = self.stream.read(2)
            if len(head) < 2 or head[0] & 15 == 8:
                return None
            length = head[1] & 127
            if length == 126:
                length, = struct.unpack(">H", self.stream.read(2))
            elif length == 127:
                length, = struct.unpack(">Q", self.stream.read(8))
            part = self.stream.read(length)
            if head[0] & 15 < 8:
                text, is_last = text + part, head[0] & 128
        return text

    def received(self, text):
        if b'"HeapProfiler.addHeapSnapshotChunk"' in text[:80]:
            return
        message = json.loads(text or b"{}")
        if "id" in message:
            self.replies[message["id"]] = message
        elif message:
            self.events.append(message)

    def send(self, message):
        text = json.dumps(message).encode()
        mask = os.urandom(4)
        size = struct.pack(">BB", 0x81, 0x80 | len(text)) if len(text) < 126 else struct.pack(">BBH", 0x81, 0xFE, len(text))
        self.socket.sendall(size + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(text)))

    def call(self, method, seconds=30, **parameters):
        """The result of a command; Missed where it was refused or not answered."""
        self.last += 1
        number = self.last
        self.send({"id": number, "method": method, "params": parameters})
        reply = until(f"a reply to {method}", seconds, lambda: self.replies.get(number), every=0.01)
        if "error" in reply:
            raise Missed(f"{method}: {reply['error']['message']}")
        # workerd answers a snapshot with nothing.
        return reply.get("result", {})


class WebKitClient(Client):
    """A session with a page of WebKitGTK, whose messages travel inside those of its connection."""

    def __init__(self, port, address):
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read().decode(errors="replace")
        row = next(row for row in page.split("<tr>") if address in row)
        url = f"ws://127.0.0.1:{port}" + re.search(r"/socket/\d+/\d+/\w+", row).group()
        self.target, self.outer = None, 0
        super().__init__(url)
        try:
            until("WebKit names the page", 2, lambda: self.target)
        except Missed:
            self.close()
            raise

    @classmethod
    def coming(cls, port, address):
        """Whoever throws another client out is not told of the page, and comes once more."""
        for _ in range(4):
            with contextlib.suppress(Missed):
                return cls(port, address)
            time.sleep(0.3)
        return cls(port, address)

    def received(self, text):
        message = json.loads(text or b"{}")
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Target.targetCreated":
            self.target = parameters["targetInfo"]["targetId"]
        elif method == "Target.dispatchMessageFromTarget":
            super().received(parameters["message"].encode())

    def send(self, message):
        self.outer += 1
        inner = {"targetId": self.target, "message": json.dumps(message)}
        super().send({"id": self.outer, "method": "Target.sendMessageToTarget", "params": inner})


class FirefoxClient(Session):
    """A session with Firefox by its remote debugging protocol; actors answer in order."""

    def __init__(self, port):
        super().__init__("127.0.0.1", port)
        self.answers = {}
        self.listen()
        until("Firefox's greeting", 20, lambda: self.answers.get("root"))
        self.answers["root"].clear()

    def receive(self):
        size = b""
        while (digit := self.stream.read(1)) not in (b":", b""):
            size += digit
        return self.stream.read(int(size)) if size else None

    def received(self, text):
        packet = json.loads(text)
        # The answer to an attachment is typed like an event.
        if packet.get("type", "attached") != "attached":
            self.events.append(packet)
        else:
            self.answers.setdefault(packet["from"], []).append(packet)

    def call(self, actor, kind, seconds=30, **parameters):
        text = json.dumps(dict(parameters, to=actor, type=kind)).encode()
        self.socket.sendall(str(len(text)).encode() + b":" + text)
        packet = until(f"a reply to {kind}", seconds, lambda: (self.answers.get(actor) or [None])[0], every=0.01)
        self.answers[actor].pop(0)
        if "error" in packet:
            raise Missed(f"{kind}: {packet.get('message', packet['error'])}")
        return packet

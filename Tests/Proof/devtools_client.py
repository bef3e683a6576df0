"""A developer's client: a small CDP session over a WebSocket, as DevTools would hold one. Standard library only."""
import base64, json, os, re, socket, struct, threading, time, urllib.request
from fleet import Missed, until


class Client:
    """One session with the inspector of a program that has printed where it listens."""

    def __init__(self, program):
        line = program.expect("Debugger listening on ws://")
        host, port, path = re.search(r"ws://([^:/]+):(\d+)(/\S*)", line).groups()
        self.socket = socket.create_connection((host, int(port)), 10)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.stream = self.socket.makefile("rb")
        if b" 101 " not in self.stream.readline():
            raise Missed("the inspector took no developer")
        while self.stream.readline().strip():
            pass
        self.socket.settimeout(None)
        self.replies, self.events, self.text_bytes, self.last = {}, [], 0, 0
        self.is_open = True
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            while True:
                head = self.stream.read(2)
                if len(head) < 2 or head[0] & 15 == 8:
                    break
                length = head[1] & 127
                if length == 126:
                    length, = struct.unpack(">H", self.stream.read(2))
                elif length == 127:
                    length, = struct.unpack(">Q", self.stream.read(8))
                self._received(self.stream.read(length))
        except (OSError, ValueError):
            pass
        self.is_open = False

    def _received(self, text):
        if b'"HeapProfiler.addHeapSnapshotChunk"' in text[:80]:
            self.text_bytes += len(text)
            return
        message = json.loads(text or b"{}")
        if "id" in message:
            self.replies[message["id"]] = message
        elif message:
            self.events.append(message)

    def call(self, method, seconds=30, **parameters):
        """The result of a command; Missed where it was refused or not answered."""
        self.last += 1
        number = self.last
        text = json.dumps({"id": number, "method": method, "params": parameters}).encode()
        mask = os.urandom(4)
        size = struct.pack(">BB", 0x81, 0x80 | len(text)) if len(text) < 126 else struct.pack(">BBH", 0x81, 0xFE, len(text))
        self.socket.sendall(size + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(text)))
        reply = until(f"a reply to {method}", seconds, lambda: self.replies.get(number), every=0.01)
        if "error" in reply:
            raise Missed(f"{method}: {reply['error']['message']}")
        return reply["result"]

    def seen(self, method):
        """The events of a kind, so far."""
        return [event for event in self.events if event["method"] == method]

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

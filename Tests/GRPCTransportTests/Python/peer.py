"""The other side of the interoperability tests, on Python's grpcio.

    peer.py serve              serve on a free port, print it, stop when stdin ends
    peer.py check PORT         call our server every way there is, print what differs
    peer.py reset PORT COUNT   open and reset streams as fast as they can be written

Messages are raw bytes: no protobuf on either side.
"""

import socket
import struct
import sys
import time
from concurrent import futures

import grpc

SERVICE = "/test.Service/"
OPTIONS = [("grpc.max_receive_message_length", 16 << 20), ("grpc.enable_http_proxy", 0)]


# --- A server for our client -----------------------------------------------------------------


def serve_echo(request, context):
    seen = dict(context.invocation_metadata())
    context.send_initial_metadata((("greeting", "welcome"),))
    context.set_trailing_metadata((("token-seen", seen.get("authorization", "none")),))
    return request


def serve_upload(requests, context):
    return str(sum(len(request) for request in requests)).encode()


def serve_chat(requests, context):
    for request in requests:
        yield request


def serve_fail(request, context):
    context.set_trailing_metadata((("grpc-status-details-bin", bytes([8, 9, 0, 255])),))
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, "line one\nzwei: größer als 100 % — 🦊")


def serve_wait(request, context):
    time.sleep(2)
    return b"late"


def serve_large(request, context):
    return bytes(3 << 20)


class Handlers(grpc.GenericRpcHandler):
    table = {
        SERVICE + "Echo": grpc.unary_unary_rpc_method_handler(serve_echo),
        SERVICE + "Upload": grpc.stream_unary_rpc_method_handler(serve_upload),
        SERVICE + "Chat": grpc.stream_stream_rpc_method_handler(serve_chat),
        SERVICE + "Fail": grpc.unary_unary_rpc_method_handler(serve_fail),
        SERVICE + "Wait": grpc.unary_unary_rpc_method_handler(serve_wait),
        SERVICE + "Large": grpc.unary_unary_rpc_method_handler(serve_large),
    }

    def service(self, details):
        return self.table.get(details.method)


def serve():
    server = grpc.server(futures.ThreadPoolExecutor(8), [Handlers()], options=OPTIONS)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    sys.stdin.read()
    server.stop(0)


# --- A client for our server -----------------------------------------------------------------


def check(port):
    wrong = []

    def expect(what, seen, wanted):
        if seen != wanted:
            wrong.append(f"{what}: {seen!r} instead of {wanted!r}")

    def failure(what, code, call):
        try:
            call()
            wrong.append(f"{what}: no error")
        except grpc.RpcError as error:
            expect(what, error.code(), code)
            return error

    channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=OPTIONS)
    echo = channel.unary_unary(SERVICE + "Echo")
    upload = channel.stream_unary(SERVICE + "Upload")
    chat = channel.stream_stream(SERVICE + "Chat")
    fail = channel.unary_unary(SERVICE + "Fail")
    wait = channel.unary_unary(SERVICE + "Wait")
    missing = channel.unary_unary(SERVICE + "Missing")

    every_byte = bytes(range(256))
    answer, call = echo.with_call(
        every_byte, metadata=(("authorization", "Bearer x"), ("id-bin", every_byte))
    )
    expect("echo", answer, every_byte)
    expect("initial metadata", dict(call.initial_metadata()).get("seen"), "Bearer x")
    expect("binary metadata", dict(call.initial_metadata()).get("id-bin"), every_byte)
    expect("empty message", echo(b""), b"")
    expect("upload", upload(bytes(256 << 10) for _ in range(40)), str(40 * 256 << 10).encode())
    messages = [f"message {n}".encode() for n in range(100)]
    expect("chat", list(chat(iter(messages))), messages)

    error = failure("fail", grpc.StatusCode.FAILED_PRECONDITION, lambda: fail(b""))
    if error is not None:
        expect("message", error.details(), "line one\nzwei: größer als 100 % — 🦊")
        trailing = dict(error.trailing_metadata())
        expect("details", trailing.get("grpc-status-details-bin"), bytes([8, 9, 0, 255]))
        expect("trailing metadata", trailing.get("reason"), "on purpose")

    start = time.monotonic()
    failure("deadline", grpc.StatusCode.DEADLINE_EXCEEDED, lambda: wait(b"", timeout=0.3))
    expect("deadline in time", time.monotonic() - start < 3, True)
    failure("unknown method", grpc.StatusCode.UNIMPLEMENTED, lambda: missing(b""))
    failure("oversize", grpc.StatusCode.RESOURCE_EXHAUSTED, lambda: echo(bytes(3 << 20)))
    failure(
        "gzip",
        grpc.StatusCode.UNIMPLEMENTED,
        lambda: echo(bytes(10000), compression=grpc.Compression.Gzip),
    )

    future = wait.future(b"", timeout=30)
    time.sleep(0.1)
    future.cancel()
    failure("cancel", grpc.StatusCode.CANCELLED, lambda: future.code() and raise_(future))
    expect("alive afterwards", echo(b"alive"), b"alive")
    for line in wrong:
        print(line)
    sys.exit(1 if wrong else 0)


def raise_(future):
    try:
        return future.result()
    except grpc.FutureCancelledError:
        error = grpc.RpcError()
        error.code = lambda: future.code()
        raise error


# --- An attacker -----------------------------------------------------------------------------


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def literal(name, value):
    """A header field without indexing, names and values as they are (RFC 7541, 6.2.2)."""
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value


def reset(port, count):
    headers = b"".join(
        literal(name, value)
        for name, value in [
            (b":method", b"POST"),
            (b":scheme", b"http"),
            (b":path", (SERVICE + "Wait").encode()),
            (b":authority", b"x"),
            (b"content-type", b"application/grpc"),
            (b"te", b"trailers"),
        ]
    )
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0))
    connection.setblocking(False)
    out = bytearray()
    for index in range(count):
        stream = 2 * index + 1
        out += frame(1, 4, stream, headers) + frame(3, 0, stream, struct.pack(">I", 8))
    sent = 0
    end = time.monotonic() + 30
    while sent < len(out) and time.monotonic() < end:
        try:
            connection.recv(1 << 16)
        except BlockingIOError:
            pass
        try:
            sent += connection.send(out[sent : sent + (1 << 18)])
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            break
    time.sleep(0.5)
    connection.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve"]:
            serve()
        case ["check", port]:
            check(int(port))
        case ["reset", port, count]:
            reset(int(port), int(count))
        case _:
            sys.exit(__doc__)

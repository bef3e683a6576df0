import GRPCTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ShutdownTests {
  @Test func `a running call may end, and new ones are turned away`() async throws {
    let started = Gate()
    let release = Gate()
    let handler = Handler.unary { _, payload in
      started.open()
      await release.wait()
      return payload
    }
    let queue = CompletionQueue()
    do {
      let server = try loopbackServer([.wait: handler, .echo: .echo], queue)
      let target = server.boundAddresses[0].description
      let channel = try Channel(target, credentials: .insecure, queue: queue)
      let running = Task { try await channel.unary(.wait, Payload(text: "kept")).text }
      await started.wait()

      let stopping = Task { await server.shutdown(grace: .seconds(20)) }
      var refusal: RPCError?
      while refusal == nil {
        refusal = await rpcError { _ = try await channel.unary(.echo, Payload()) }
      }
      expect(refusal?.code, equals: .unavailable, "\(String(describing: refusal))")

      release.open()
      try await expect(running.value, equals: "kept")
      await stopping.value
    }
    await queue.shutdown()
  }

  @Test func `a handler that ends late does not break the shutdown`() async throws {
    // The core is done with a cancelled call long before its handler has unwound; the handler's
    // status must still find a queue to start on.
    let started = Gate()
    let unwound = Shared(false)
    let handler = Handler.streaming { call in
      started.open()
      try? await Task.sleep(for: .seconds(30))
      // Not a cancellable wait, as when a file is being flushed.
      await Task.detached { try? await Task.sleep(for: .milliseconds(300)) }.value
      try? await call.send(Payload(text: "too late"))
      unwound.value = true
      throw RPCError(.aborted, "too late")
    }
    let queue = CompletionQueue()
    do {
      let server = try loopbackServer([.wait: handler], queue)
      let target = server.boundAddresses[0].description
      let channel = try Channel(target, credentials: .insecure, queue: queue)
      let call = try channel.stream(.wait)
      await started.wait()
      await server.shutdown(grace: .milliseconds(50))

      #expect(unwound.value)
      expect(server.activeCalls, equals: 0)
      await expect(rpcError { _ = try await call.finish() }?.code, equals: .unavailable)
    }
    await queue.shutdown()
  }

  @Test func `shutting down twice waits for the same end`() async throws {
    let started = Gate()
    let unwound = Shared(false)
    let handler = Handler.streaming { _ in
      started.open()
      try? await Task.sleep(for: .seconds(30))
      unwound.value = true
      return nil
    }
    let queue = CompletionQueue()
    do {
      let server = try loopbackServer([.wait: handler], queue)
      let target = server.boundAddresses[0].description
      let channel = try Channel(target, credentials: .insecure, queue: queue)
      let call = try channel.stream(.wait)
      await started.wait()
      async let first: Void = server.shutdown(grace: .milliseconds(50))
      async let second: Void = server.shutdown(grace: .milliseconds(50))
      await second
      #expect(unwound.value)
      await first
      _ = consume call
    }
    await queue.shutdown()
  }

  @Test func `the queue waits for calls that are still held`() async throws {
    try await Fixture.run([.chat: .chat]) { fixture in
      let queue = CompletionQueue()
      let channel = try Channel(fixture.target, credentials: .insecure, queue: queue)
      let isDown = Shared(false)
      var call: ClientCall? = try channel.stream(.chat)
      let stopping = Task {
        await queue.shutdown()
        isDown.value = true
      }
      try await Task.sleep(for: .milliseconds(100))
      expect(isDown.value, equals: false)
      try await call?.send(Payload(text: "works until the end"))
      call = nil
      await stopping.value
    }
  }

  @Test func `a server can come and go on one port many times`() async throws {
    let queue = CompletionQueue()
    var port = 0
    for _ in 0..<20 {
      let server = try Server(
        [.echo: .echo],
        listen: [(.tcp(host: "127.0.0.1", port: port), .insecureLocalOnly)],
        queues: [queue]
      )
      port = server.boundPorts[0]
      let channel = try Channel("127.0.0.1:\(port)", credentials: .insecure, queue: queue)
      let answer = try await channel.unary(.echo, Payload(text: "again"))
      expect(answer.text, equals: "again")
      await server.shutdown(grace: .seconds(1))
    }
    await queue.shutdown()
  }
}

/// A server on a free loopback port.
func loopbackServer(
  _ handlers: [Method: Handler],
  _ queue: CompletionQueue,
  options: TransportOptions = TransportOptions()
) throws -> Server {
  try Server(
    handlers,
    listen: [(.tcp(host: "127.0.0.1", port: 0), .insecureLocalOnly)],
    options: options,
    queues: [queue]
  )
}

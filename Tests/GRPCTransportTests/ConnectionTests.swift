import Foundation
import GRPCTransport
import TestSupport
import Testing

/// Connections that come, go and fall silent.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
  @Test func `a connection is closed at its age, and the next call has a new one`() async throws {
    var options = TransportOptions()
    options.maxConnectionAge = .seconds(1)
    options.connectionGrace = .milliseconds(500)
    try await Fixture.run([.echo: .echo, .chat: .chat], options: options) { fixture in
      let start = ContinuousClock.now
      let call = try fixture.channel.stream(.chat)
      await expect(rpcError { _ = try await call.finish() }?.code, equals: .unavailable)
      #expect(ContinuousClock.now - start >= .milliseconds(1300))
      // A call may fall into the very moment in which a connection is let go.
      #expect(await isServedSoon(fixture.channel))
    }
  }

  @Test func `a channel comes back when its server does`() async throws {
    let queue = CompletionQueue()
    do {
      var options = TransportOptions()
      options.reconnect = .init(initial: .milliseconds(50), maximum: .milliseconds(200))
      let first = try loopbackServer([.echo: .echo], queue)
      let address = first.boundAddresses[0]
      let channel = try Channel(
        address.description,
        credentials: .insecure,
        options: options,
        queue: queue
      )
      _ = try await channel.unary(.echo, Payload())
      await first.shutdown(grace: .zero)
      await expect(
        rpcError { _ = try await channel.unary(.echo, Payload()) }?.code,
        equals: .unavailable
      )

      let patient = CallOptions(deadline: .seconds(30), waitForReady: true)
      async let waiting = channel.unary(.echo, Payload(text: "back"), patient).copyBytes()
      try await Task.sleep(for: .milliseconds(300))
      let second = try Server(
        [.echo: .echo],
        listen: [(address, .insecureLocalOnly)],
        queues: [queue]
      )
      try await expect(waiting, equals: Array("back".utf8))
      await second.shutdown(grace: .zero)
    }
    await queue.shutdown()
  }

  @Test(.enabled(if: Python.hasGRPC))
  func `a server that falls silent is noticed by pings`() async throws {
    let python = try PythonServer()
    let queue = CompletionQueue()
    do {
      var options = TransportOptions()
      options.keepalive = .init(interval: .seconds(1), timeout: .seconds(1))
      let port = try await python.port()
      let channel = try Channel(
        "127.0.0.1:\(port)",
        credentials: .insecure,
        options: options,
        queue: queue
      )
      let call = try channel.stream(.chat)
      try await call.send(Payload(text: "x"))
      _ = try await call.receive()

      python.pause()
      let start = ContinuousClock.now
      await expect(rpcError { _ = try await call.finish() }?.code, equals: .unavailable)
      #expect(ContinuousClock.now - start < .seconds(20))
      python.resume()
    }
    await queue.shutdown()
    python.stop()
  }

  @Test func `handlers of an inline queue run on its thread, others do not`() async throws {
    let whereAmI = Handler.unary { _, _ in
      let name = try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
      return Payload(text: String(name.dropLast()))
    }
    for (resume, isOnQueue) in [(CompletionQueue.Resume.inline, true), (.pool, false)] {
      try await Fixture.run([.echo: whereAmI], resume: resume) { fixture in
        let name = try await fixture.channel.unary(.echo, Payload()).text
        expect((name == "grpc-queue"), equals: isOnQueue, "ran on \(name)")
      }
    }
  }

  @Test func `the core is silent on stderr, and heard where one listens`() async throws {
    let observed = \ExitTest.Result.standardErrorContent
    let result = await #expect(processExitsWith: .success, observing: [observed]) {
      unsetenv("GRPC_VERBOSITY")
      let heard = Shared<[String]>([])
      Library.setLog { line in heard.change { $0.append(line) } }
      try await Fixture.run([.echo: .echo]) { fixture in
        // The core complains about an address that is taken.
        #expect(throws: TransportError.self) {
          try Server(
            [:],
            listen: [(fixture.server.boundAddresses[0], .insecureLocalOnly)],
            queues: [fixture.queue]
          )
        }
      }
      #expect(heard.value.contains { $0.contains("already in use") }, "\(heard.value)")
    }
    let errors = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    expect(errors.contains(".cc:"), equals: false, "\(errors)")
  }
}

import GRPCTransport
import TestSupport
import Testing

/// Calls that end before their time: each side must learn it, and never take it for a good end.
@Suite(.timeLimit(.minutes(1))) struct BrokenCallTests {
  @Test func `a truncated upload is not an end`() async throws {
    let outcome = Shared<[String]>([])
    let handler = Handler.streaming { call in
      do {
        while try await call.receive() != nil {}
        outcome.change { $0.append("whole") }
      } catch {
        outcome.change { $0.append("\((error as? RPCError)?.code ?? .unknown)") }
      }
      return nil
    }
    try await Fixture.run([.upload: handler]) { fixture in
      for _ in 0..<20 {
        let call = try fixture.channel.stream(.upload)
        for _ in 0..<3 { try await call.send(Payload([UInt8](repeating: 1, count: 10_000))) }
        call.cancel()
        await expect(rpcError { _ = try await call.finish() }?.code, equals: .cancelled)
      }
      try await eventually { outcome.value.count == 20 }
      expect(outcome.value, equals: [String](repeating: "cancelled", count: 20))
    }
  }

  @Test func `a call that is let go is cancelled`() async throws {
    let outcome = Shared<RPCError?>(nil)
    let handler = Handler.streaming { call in
      outcome.value = await rpcError { while try await call.receive() != nil {} }
      return nil
    }
    try await Fixture.run([.upload: handler]) { fixture in
      do {
        let call = try fixture.channel.stream(.upload)
        try await call.send(Payload(text: "one"))
      }
      try await eventually { outcome.value != nil }
      expect(outcome.value?.code, equals: .cancelled)
    }
  }

  @Test func `cancelling the client's task cancels the handler's`() async throws {
    let started = Gate()
    let cancelled = Shared(false)
    let handler = Handler.unary { _, _ in
      started.open()
      try? await Task.sleep(for: .seconds(30))
      cancelled.value = Task.isCancelled
      return Payload()
    }
    try await Fixture.run([.wait: handler]) { fixture in
      let channel = fixture.channel
      let task = Task { await rpcError { _ = try await channel.unary(.wait, Payload()) } }
      await started.wait()
      task.cancel()
      await expect(task.value?.code, equals: .cancelled)
      try await eventually { cancelled.value }
    }
  }

  @Test func `a task that is cancelled already starts nothing that lasts`() async throws {
    let handler = Handler.streaming { call in
      while try await call.receive() != nil {}
      return nil
    }
    try await Fixture.run([.wait: .echo, .chat: handler]) { fixture in
      let channel = fixture.channel
      let task = Task {
        try? await Task.sleep(for: .seconds(30))
        let unary = await rpcError { _ = try await channel.unary(.wait, Payload()) }
        let stream = try channel.stream(.chat)
        let receive = await rpcError { _ = try await stream.receive() }
        let finish = await rpcError { _ = try await stream.finish() }
        return (unary, receive, finish)
      }
      task.cancel()
      let (unary, receive, finish) = try await task.value
      expect(unary?.code, equals: .cancelled)
      #expect(receive == nil)
      expect(finish?.code, equals: .cancelled)
    }
  }

  @Test func `the deadline travels to the handler`() async throws {
    let left = Shared<Duration?>(nil)
    let cancelled = Shared(false)
    let look = Handler.unary { call, payload in
      left.value = call.deadline.map { $0 - .now }
      return payload
    }
    let wait = Handler.unary { call, _ in
      try? await Task.sleep(for: .seconds(50))
      cancelled.value = Task.isCancelled && call.isCancelled
      return Payload()
    }
    try await Fixture.run([.echo: look, .wait: wait]) { fixture in
      _ = try await fixture.channel.unary(.echo, Payload(), CallOptions(deadline: .seconds(40)))
      let seen = try #require(left.value)
      // The core rounds up what is left when it writes it into the call.
      #expect(seen > .zero && seen <= .seconds(41), "the handler saw \(seen)")

      let start = ContinuousClock.now
      let error = await rpcError {
        let options = CallOptions(deadline: .seconds(1))
        _ = try await fixture.channel.unary(.wait, Payload(), options)
      }
      expect(error?.code, equals: .deadlineExceeded)
      #expect(ContinuousClock.now - start >= .milliseconds(990))
      try await eventually { cancelled.value }
    }
  }

  @Test func `a call without a deadline has none`() async throws {
    let deadline = Shared<ContinuousClock.Instant??>(nil)
    let handler = Handler.unary { call, payload in
      deadline.value = .some(call.deadline)
      return payload
    }
    try await Fixture.run([.echo: handler]) { fixture in
      _ = try await fixture.channel.unary(.echo, Payload())
      expect(deadline.value, equals: .some(nil))
    }
  }

  @Test func `a send into a call that the server ended says how it ended`() async throws {
    let handler = Handler.streaming { call in
      _ = try await call.receive()
      throw RPCError(.outOfRange, "wrong offset", details: [1, 2, 3])
    }
    try await Fixture.run([.upload: handler]) { fixture in
      let call = try fixture.channel.stream(.upload)
      let error = await rpcError {
        while true { try await call.send(Payload([UInt8](repeating: 0, count: 100_000))) }
      }
      expect(error?.code, equals: .outOfRange)
      expect(error?.message, equals: "wrong offset")
      expect(error?.details, equals: [1, 2, 3])
    }
  }

  @Test func `a send into a call that the server ended well does not look taken`() async throws {
    let handler = Handler.streaming { call in
      _ = try await call.receive()
      return Payload(text: "enough")
    }
    try await Fixture.run([.upload: handler]) { fixture in
      let call = try fixture.channel.stream(.upload)
      try await call.send(Payload(text: "first"))
      let answer = try await call.receive()?.text
      expect(answer, equals: "enough")
      _ = try await call.finish()
      let error = await rpcError { try await call.send(Payload(text: "second")) }
      expect(error?.code, equals: .failedPrecondition)
    }
  }
}

/// Waits until `condition` holds, at most half a minute.
func eventually(
  _ condition: () -> Bool,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let end = ContinuousClock.now + .seconds(30)
  while !condition() {
    guard ContinuousClock.now < end else {
      Issue.record("did not happen within half a minute", sourceLocation: sourceLocation)
      return
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}

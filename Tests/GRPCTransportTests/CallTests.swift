import GRPCTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct CallTests {
  @Test(arguments: [CompletionQueue.Resume.pool, .inline])
  func `a unary call brings its message back`(resume: CompletionQueue.Resume) async throws {
    try await Fixture.run([.echo: .echo], resume: resume) { fixture in
      for text in ["hello", "", String(repeating: "x", count: 300_000)] {
        let answer = try await fixture.channel.unary(.echo, Payload(text: text))
        expect(answer.text, equals: text)
      }
    }
  }

  @Test(arguments: [CompletionQueue.Resume.pool, .inline])
  func `an upload of many messages arrives whole`(resume: CompletionQueue.Resume) async throws {
    try await Fixture.run([.upload: .upload], resume: resume) { fixture in
      let call = try fixture.channel.stream(.upload)
      for _ in 0..<40 {
        try await call.send(Payload([UInt8](repeating: 7, count: 256 << 10)))
      }
      try await call.halfClose()
      let answer = try await call.receive()?.text
      expect(answer, equals: String(40 * 256 << 10))
      #expect(try await call.receive() == nil)
      _ = try await call.finish()
    }
  }

  @Test func `messages go both ways in turn`() async throws {
    try await Fixture.run([.chat: .chat]) { fixture in
      let call = try fixture.channel.stream(.chat)
      for number in 0..<100 {
        try await call.send(Payload(text: "message \(number)"))
        let answer = try await call.receive()?.text
        expect(answer, equals: "message \(number)")
      }
      try await call.halfClose()
      #expect(try await call.receive() == nil)
      _ = try await call.finish()
    }
  }

  @Test func `finishing drops the messages that were not received`() async throws {
    let handler = Handler.streaming { call in
      for _ in 0..<20 { try await call.send(Payload([UInt8](repeating: 1, count: 100_000))) }
      return nil
    }
    try await Fixture.run([.chat: handler]) { fixture in
      let call = try fixture.channel.stream(.chat)
      _ = try await call.finish()
    }
  }

  @Test func `a call outlives the last name of its channel`() async throws {
    try await Fixture.run([.echo: .echo, .chat: .chat]) { fixture in
      func temporary() throws -> Channel {
        try Channel(fixture.target, credentials: .insecure, queue: fixture.queue)
      }

      let answer = try await temporary().unary(.echo, Payload(text: "still here"))
      expect(answer.text, equals: "still here")

      let call = try temporary().stream(.chat)
      try await call.send(Payload(text: "and here"))
      let message = try await call.receive()?.text
      expect(message, equals: "and here")
      try await call.halfClose()
      _ = try await call.finish()
    }
  }

  @Test func `a second write is refused and the first is unharmed`() async throws {
    let release = Gate()
    let handler = Handler.streaming { call in
      await release.wait()
      var sum = 0
      while let message = try await call.receive() { sum += message.count }
      return Payload(text: String(sum))
    }
    try await Fixture.run([.upload: handler]) { fixture in
      let call = try fixture.channel.stream(.upload)
      // Larger than the window, so the first stays under way until the handler reads.
      let tasks = (0..<2).map { _ in
        Task {
          await rpcError { try await call.send(Payload([UInt8](repeating: 1, count: 2 << 20))) }
        }
      }
      let errors = Shared<[RPCError?]>([])
      let collecting = tasks.map { task in
        Task {
          let error = await task.value
          errors.change { $0.append(error) }
        }
      }
      try await eventually { errors.value.count == 1 }
      expect(errors.value.map(\.?.code), equals: [.failedPrecondition])

      release.open()
      for task in collecting { await task.value }
      expect(errors.value.last, equals: .some(nil))
      try await call.halfClose()
      let answer = try await call.receive()?.text
      expect(answer, equals: String(2 << 20))
      _ = try await call.finish()
    }
  }

  @Test func `a second read is refused and the first is unharmed`() async throws {
    let release = Gate()
    let handler = Handler.streaming { call in
      await release.wait()
      return Payload(text: "late")
    }
    try await Fixture.run([.chat: handler]) { fixture in
      let call = try fixture.channel.stream(.chat)
      let answers = Shared<[String]>([])
      let tasks = (0..<2).map { _ in
        Task {
          do {
            let answer = try await call.receive()?.text ?? "end"
            answers.change { $0.append(answer) }
          } catch {
            let code = (error as? RPCError)?.code ?? .unknown
            answers.change { $0.append("\(code)") }
          }
        }
      }
      try await eventually { answers.value.count == 1 }
      expect(answers.value, equals: ["failedPrecondition"])
      release.open()
      for task in tasks { await task.value }
      expect(answers.value, equals: ["failedPrecondition", "late"])
    }
  }

  @Test func `a method that nobody serves is unimplemented`() async throws {
    try await Fixture.run([.echo: .echo]) { fixture in
      let error = await rpcError {
        _ = try await fixture.channel.unary(Method("/test.Service/Missing"), Payload())
      }
      expect(error?.code, equals: .unimplemented)
      expect(error?.message, equals: "This server has no method /test.Service/Missing.")

      let call = try fixture.channel.stream(Method("/test.Service/Missing"))
      await expect(rpcError { _ = try await call.finish() }?.code, equals: .unimplemented)
    }
  }

  @Test func `a server that is away is unavailable at once`() async throws {
    let queue = CompletionQueue()
    do {
      let channel = try Channel("127.0.0.1:1", credentials: .insecure, queue: queue)
      let error = await rpcError { _ = try await channel.unary(.echo, Payload()) }
      expect(error?.code, equals: .unavailable)
      expect(error?.isTransient, equals: true)

      let waiting = CallOptions(deadline: .milliseconds(200), waitForReady: true)
      let late = await rpcError { _ = try await channel.unary(.echo, Payload(), waiting) }
      expect(late?.code, equals: .deadlineExceeded)
    }
    await queue.shutdown()
  }

  @Test func `a call on a queue that was shut down is refused`() async throws {
    let queue = CompletionQueue()
    let channel = try Channel("127.0.0.1:1", credentials: .insecure, queue: queue)
    await queue.shutdown()

    let error = await rpcError { _ = try await channel.unary(.echo, Payload()) }
    expect(error?.code, equals: .failedPrecondition)
    #expect(throws: TransportError.self) {
      try Server(
        [:],
        listen: [(.tcp(host: "127.0.0.1", port: 0), .insecureLocalOnly)],
        queues: [queue]
      )
    }
  }
}

import GRPCTransport
import Testing

@Suite(.timeLimit(.minutes(1))) struct CallTests {
  @Test(arguments: [CompletionQueue.Resume.pool, .inline])
  func `a unary call brings its message back`(resume: CompletionQueue.Resume) async throws {
    try await Fixture.run([.echo: .echo], resume: resume) { fixture in
      for text in ["hello", "", String(repeating: "x", count: 300_000)] {
        let answer = try await fixture.channel.unary(.echo, Payload(text: text))
        #expect(answer.text == text)
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
      #expect(answer == String(40 * 256 << 10))
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
        #expect(answer == "message \(number)")
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
}

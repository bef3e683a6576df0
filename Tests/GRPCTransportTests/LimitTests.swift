import GRPCTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LimitTests {
  @Test func `a message that is too large is refused where it is sent`() async throws {
    try await Fixture.run([.echo: .echo, .upload: .upload]) { fixture in
      let large = [UInt8](repeating: 0, count: (2 << 20) + 1)
      let unary = await rpcError { _ = try await fixture.channel.unary(.echo, Payload(large)) }
      expect(unary?.code, equals: .resourceExhausted)
      expect(unary?.message, equals: "The message has 2097153 bytes, and 2097152 are allowed.")

      let call = try fixture.channel.stream(.upload)
      let stream = await rpcError { try await call.send(Payload(large)) }
      expect(stream?.code, equals: .resourceExhausted)
      // The call itself is unharmed.
      try await call.send(Payload(Array(large.dropFirst())))
      try await call.halfClose()
      let answer = try await call.receive()?.text
      expect(answer, equals: String(2 << 20))
      _ = try await call.finish()
    }
  }

  @Test func `a message that is too large is refused where it arrives`() async throws {
    var sender = TransportOptions()
    sender.maxSendMessage = 8 << 20
    try await Fixture.run([.echo: .echo, .upload: .upload], clientOptions: sender) { fixture in
      let large = [UInt8](repeating: 0, count: 3 << 20)
      let unary = await rpcError { _ = try await fixture.channel.unary(.echo, Payload(large)) }
      expect(unary?.code, equals: .resourceExhausted)

      let call = try fixture.channel.stream(.upload)
      _ = await rpcError { try await call.send(Payload(large)) }
      await expect(rpcError { _ = try await call.finish() }?.code, equals: .resourceExhausted)

      let answer = try await fixture.channel.unary(.echo, Payload(text: "alive"))
      expect(answer.text, equals: "alive")
    }
  }

  @Test func `an answer that is too large ends its call with a reason`() async throws {
    let large = Handler.unary { _, _ in Payload([UInt8](repeating: 0, count: 3 << 20)) }
    let stream = Handler.streaming { call in
      try await call.send(Payload([UInt8](repeating: 0, count: 3 << 20)))
      return nil
    }
    try await Fixture.run([.echo: large, .chat: stream]) { fixture in
      let unary = await rpcError { _ = try await fixture.channel.unary(.echo, Payload()) }
      expect(unary?.code, equals: .resourceExhausted)
      let call = try fixture.channel.stream(.chat)
      await expect(rpcError { _ = try await call.finish() }?.code, equals: .resourceExhausted)
    }
  }

  @Test func `calls beyond the cap are refused, and taken again when there is room`() async throws {
    var options = TransportOptions()
    options.maxActiveCalls = 4
    options.maxConcurrentStreams = 1000
    let release = Gate()
    let handler = Handler.streaming { _ in
      await release.wait()
      return nil
    }
    try await Fixture.run([.wait: handler, .echo: .echo], options: options) { fixture in
      var calls: [ClientCall] = []
      for _ in 0..<4 { calls.append(try fixture.channel.stream(.wait)) }
      try await eventually { fixture.server.activeCalls == 4 }

      let refused = await withTaskGroup(of: StatusCode?.self) { group in
        for _ in 0..<300 {
          group.addTask {
            await rpcError { _ = try await fixture.channel.unary(.echo, Payload()) }?.code
          }
        }
        return await group.reduce(into: [StatusCode?: Int]()) { $0[$1, default: 0] += 1 }
      }
      expect(refused, equals: [.resourceExhausted: 300])
      expect(fixture.server.activeCalls, equals: 4)

      release.open()
      for call in calls { _ = try await call.finish() }
      try await eventually { fixture.server.activeCalls == 0 }
      let answer = try await fixture.channel.unary(.echo, Payload(text: "room"))
      expect(answer.text, equals: "room")
    }
  }

  @Test func `streams beyond the limit of a connection wait at the client`() async throws {
    var options = TransportOptions()
    options.maxConcurrentStreams = 2
    let handler = Handler.unary { _, payload in
      try await Task.sleep(for: .milliseconds(20))
      return payload
    }
    try await Fixture.run([.echo: handler], options: options) { fixture in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<10 {
          group.addTask {
            _ = try await fixture.channel.unary(.echo, Payload(text: "patient"))
          }
        }
        try await group.waitForAll()
      }
    }
  }
}

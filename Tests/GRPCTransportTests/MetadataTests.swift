import GRPCTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct MetadataTests {
  @Test func `metadata travels in both directions, before and after the messages`() async throws {
    let seen = Shared<Metadata?>(nil)
    let handler = Handler.streaming { call in
      seen.value = call.metadata
      var initial = Metadata()
      try initial.add("greeting", .text("welcome"))
      try await call.sendInitial(initial)
      try await call.send(Payload(text: "message"))
      var trailing = Metadata()
      try trailing.add("count", .text("1"))
      try trailing.add("digest-bin", .binary([0, 255, 10, 13]))
      throw RPCError(.aborted, "on purpose", trailing: trailing)
    }
    try await Fixture.run([.chat: handler]) { fixture in
      var metadata = Metadata()
      try metadata.add("authorization", .text("Bearer secret"))
      try metadata.add("agent-id-bin", .binary(Array(0...255)))
      try metadata.add("twice", .text("first"))
      try metadata.add("twice", .text("second"))
      let call = try fixture.channel.stream(.chat, CallOptions(metadata: metadata))

      await expect(call.initialMetadata()["greeting"], equals: "welcome")
      let message = try await call.receive()?.text
      expect(message, equals: "message")
      let error = await rpcError { _ = try await call.finish() }
      expect(error?.code, equals: .aborted)
      expect(error?.trailing["count"], equals: "1")
      expect(error?.trailing.binary("digest-bin"), equals: [0, 255, 10, 13])
      #expect(error?.details == nil)
    }
    let arrived = try #require(seen.value)
    expect(arrived["authorization"], equals: "Bearer secret")
    expect(arrived.binary("agent-id-bin"), equals: Array(0...255))
    expect(
      arrived.entries.filter { $0.key == "twice" }.map(\.value),
      equals: [
        .text("first"), .text("second"),
      ]
    )
  }

  @Test func `status, message and details arrive as the handler threw them`() async throws {
    let thrown = RPCError(
      .failedPrecondition,
      "line one\nzwei: größer als 100 % — 🦊",
      details: [8, 9, 0, 255]
    )
    try await Fixture.run([.fail: .unary { _, _ in throw thrown }]) { fixture in
      let error = await rpcError { _ = try await fixture.channel.unary(.fail, Payload()) }
      expect(error, equals: thrown)
    }
  }

  @Test func `any other error is answered with a neutral sentence and reported`() async throws {
    struct Secret: Error, Equatable { var password = "hunter2" }
    let reported = Shared<[(Method, any Error)]>([])
    try await Fixture.run(
      [.fail: .unary { _, _ in throw Secret() }],
      report: { method, error in reported.change { $0.append((method, error)) } }
    ) { fixture in
      let error = await rpcError { _ = try await fixture.channel.unary(.fail, Payload()) }
      expect(error?.code, equals: .internalError)
      expect(error?.message.contains("hunter2"), equals: false)
      expect(reported.value.count, equals: 1)
      expect(reported.value.first?.0, equals: .fail)
      expect(reported.value.first?.1 as? Secret, equals: Secret())
    }
  }

  @Test func `an error with the code ok is not a good end`() async throws {
    let handler = Handler.unary { _, _ in throw RPCError(.ok, "fine?") }
    try await Fixture.run([.fail: handler]) { fixture in
      let error = await rpcError { _ = try await fixture.channel.unary(.fail, Payload()) }
      expect(error?.code, equals: .unknown)
      expect(error?.message, equals: "fine?")
    }
  }

  @Test func `a message that is too long is cut, and details that are too large are left out`()
    async throws
  {
    let thrown = RPCError(
      .aborted,
      String(repeating: "ä", count: 50_000),
      details: [UInt8](repeating: 1, count: 50_000)
    )
    try await Fixture.run([.fail: .unary { _, _ in throw thrown }]) { fixture in
      let error = await rpcError { _ = try await fixture.channel.unary(.fail, Payload()) }
      expect(error?.code, equals: .aborted)
      expect(error?.message, equals: String(repeating: "ä", count: 1024))
      #expect(error?.details == nil)
    }
  }

  @Test func `metadata beyond the limit is refused where it is sent`() async throws {
    let handler = Handler.streaming { call in
      try await call.sendInitial(padding(9000))
      return nil
    }
    try await Fixture.run([.echo: .echo, .chat: handler]) { fixture in
      let options = CallOptions(metadata: try padding(8000))
      let unary = await rpcError { _ = try await fixture.channel.unary(.echo, Payload(), options) }
      expect(unary?.code, equals: .resourceExhausted)
      expect(
        unary?.message,
        equals: "The metadata of the call counts 9063 bytes, and 8192 are allowed."
      )
      await expect(rpcError { _ = try fixture.channel.stream(.echo, options) }, equals: unary)

      let call = try fixture.channel.stream(.chat)
      await expect(rpcError { _ = try await call.finish() }?.code, equals: .resourceExhausted)

      let most = CallOptions(metadata: try padding(7000))
      let answer = try await fixture.channel.unary(.echo, Payload(text: "fits"), most)
      expect(answer.text, equals: "fits")
    }
  }

  @Test func `metadata beyond the limit is refused where it arrives`() async throws {
    var sender = TransportOptions()
    sender.maxMetadata = 64 << 10
    try await Fixture.run([.echo: .echo], clientOptions: sender) { fixture in
      let options = CallOptions(metadata: try padding(9000))
      let error = await rpcError { _ = try await fixture.channel.unary(.echo, Payload(), options) }
      expect(error?.code, equals: .resourceExhausted)
      // The connection may be lost over it (see `Metadata.checkSize`), but not the server.
      #expect(await isServedSoon(fixture.channel))
    }
  }

  @Test(arguments: [
    ("", Metadata.Value.text("x")), ("Upper", .text("x")), ("sp ace", .text("x")),
    ("grpc-status", .text("0")), ("content-type", .text("x")), (":path", .text("/")),
    ("key-bin", .text("x")), ("key", .binary([1])), ("key", .text("line\nbreak")),
    ("key", .text("ä")),
  ])
  func `an entry that may not travel is refused`(key: String, value: Metadata.Value) {
    var metadata = Metadata()
    #expect(throws: Metadata.IllegalEntry.self) { try metadata.add(key, value) }
    #expect(metadata.isEmpty)
  }

  @Test func `who calls may be asked before a task starts`() async throws {
    let ran = Shared(0)
    let handler = Handler.unary { call, payload in
      ran.change { $0 += 1 }
      return Payload(text: call.peer.address)
    }
    try await Fixture.run(
      [.echo: handler],
      admit: { call in
        call.metadata["authorization"] == "Bearer right"
          ? nil : RPCError(.unauthenticated, "No token for \(call.method).")
      }
    ) { fixture in
      let error = await rpcError { _ = try await fixture.channel.unary(.echo, Payload()) }
      expect(error?.code, equals: .unauthenticated)
      expect(error?.message, equals: "No token for /test.Service/Echo.")
      expect(ran.value, equals: 0)

      var metadata = Metadata()
      try metadata.add("authorization", .text("Bearer right"))
      let options = CallOptions(metadata: metadata)
      let answer = try await fixture.channel.unary(.echo, Payload(), options)
      #expect(answer.text.hasPrefix("ipv4:127.0.0.1:"))
      expect(ran.value, equals: 1)
    }
  }
}

/// Metadata with a value of so many bytes.
private func padding(_ length: Int) throws -> Metadata {
  var metadata = Metadata()
  try metadata.add("padding", .text(String(repeating: "x", count: length)))
  return metadata
}

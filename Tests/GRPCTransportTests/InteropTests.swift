import Foundation
import GRPCTransport
import TestSupport
import Testing

/// Against Python's grpcio, whose core is years newer than ours.
@Suite(.timeLimit(.minutes(1)), .enabled(if: Python.hasGRPC)) struct InteropTests {
  private static let failure = RPCError(
    .failedPrecondition,
    "line one\nzwei: größer als 100 % — 🦊",
    trailing: trailing("reason", "on purpose"),
    details: [8, 9, 0, 255]
  )

  private static func trailing(_ key: String, _ value: String) -> Metadata {
    var metadata = Metadata()
    try? metadata.add(key, .text(value))
    return metadata
  }

  @Test func `a Python client is served in every way`() async throws {
    // Answers with what it saw of the metadata, before the message.
    let echo = Handler.streaming { call in
      var initial = Metadata()
      try initial.add("seen", .text(call.metadata["authorization"] ?? "none"))
      try initial.add("id-bin", .binary(call.metadata.binary("id-bin") ?? []))
      try await call.sendInitial(initial)
      return try await call.receive()
    }
    let cancelled = Shared(0)
    let wait = Handler.unary { call, payload in
      try? await Task.sleep(for: .seconds(20))
      if call.isCancelled { cancelled.change { $0 += 1 } }
      return payload
    }
    let fail = Handler.unary { _, _ in throw Self.failure }
    try await Fixture.run(
      [.echo: echo, .upload: .upload, .chat: .chat, .fail: fail, .wait: wait]
    ) { fixture in
      let outcome = try await Python.run("check", "\(fixture.server.boundPorts[0])")
      expect(outcome.status, equals: 0, "\(outcome.output)\(outcome.errors)")
      // The call whose deadline passed, and the one that was cancelled.
      try await eventually { cancelled.value == 2 }
    }
  }

  @Test func `a Python server serves us in every way`() async throws {
    let python = try PythonServer()
    let queue = CompletionQueue()
    do {
      let channel = try Channel(
        "127.0.0.1:\(try await python.port())",
        credentials: .insecure,
        queue: queue
      )
      let everyByte = (0...255).map { UInt8($0) }
      let answer = try await channel.unary(.echo, Payload(everyByte)).copyBytes()
      expect(answer, equals: everyByte)

      let upload = try channel.stream(.upload)
      for _ in 0..<40 { try await upload.send(Payload([UInt8](repeating: 1, count: 256 << 10))) }
      try await upload.halfClose()
      let sum = try await upload.receive()?.text
      expect(sum, equals: String(40 * 256 << 10))
      _ = try await upload.finish()

      let chat = try channel.stream(.chat)
      for number in 0..<100 {
        try await chat.send(Payload(text: "\(number)"))
        let echoed = try await chat.receive()?.text
        expect(echoed, equals: "\(number)")
      }
      try await chat.halfClose()
      _ = try await chat.finish()

      let failure = await rpcError { _ = try await channel.unary(.fail, Payload()) }
      expect(failure?.code, equals: Self.failure.code)
      expect(failure?.message, equals: Self.failure.message)
      expect(failure?.details, equals: Self.failure.details)

      let options = CallOptions(deadline: .milliseconds(300))
      let late = await rpcError { _ = try await channel.unary(.wait, Payload(), options) }
      expect(late?.code, equals: .deadlineExceeded)
      let missing = Method("/test.Service/Missing")
      let unknown = await rpcError { _ = try await channel.unary(missing, Payload()) }
      expect(unknown?.code, equals: .unimplemented)
      let large = Method("/test.Service/Large")
      let oversize = await rpcError { _ = try await channel.unary(large, Payload()) }
      expect(oversize?.code, equals: .resourceExhausted)

      try await metadataTravels(channel)
    }
    await queue.shutdown()
    python.stop()
  }

  private func metadataTravels(_ channel: Channel) async throws {
    let call = try channel.stream(
      .echo,
      CallOptions(metadata: Self.trailing("authorization", "Bearer x"))
    )
    try await call.send(Payload(text: "x"))
    try await call.halfClose()
    await expect(call.initialMetadata()["greeting"], equals: "welcome")
    try await expect(call.finish()["token-seen"], equals: "Bearer x")
  }

  /// The class of CVE-2023-44487.
  ///
  /// Not cured, since the core parses every stream: 20,000 cost some 250 MB of resident size once,
  /// which is why only loopback and mutual TLS are let in.
  @Test func `a flood of streams that are reset at once leaves the server alive`() async throws {
    let tasks = Shared(0)
    let wait = Handler.unary { _, payload in
      tasks.change { $0 += 1 }
      return payload
    }
    try await Fixture.run([.wait: wait, .echo: .echo]) { fixture in
      let outcome = try await Python.run("reset", "\(fixture.server.boundPorts[0])", "20000")
      expect(outcome.status, equals: 0, "\(outcome.errors)")
      let answer = try await fixture.channel.unary(.echo, Payload(text: "alive"))
      expect(answer.text, equals: "alive")
      try await eventually { fixture.server.activeCalls == 0 }
      // A message never came, so no task was started.
      expect(tasks.value, equals: 0)
    }
  }
}

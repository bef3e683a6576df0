import GRPCTransport
import TestSupport
import Testing

/// Everything at once, in random order: what is checked is that every call ends with a status that
/// can be, that nothing is left alive (the queue's shutdown would wait for ever), and, under the
/// sanitizers, that no memory is touched wrongly.
@Suite(.timeLimit(.minutes(3))) struct ChaosTests {
  private static let rounds = 8
  private static let calls = 120

  private enum Plan: CaseIterable {
    case unary, unaryWithDeadline, unaryCancelled, unaryMissing, unaryFailing, unaryLarge
    case upload, uploadCancelled, uploadAbandoned, uploadCutShort
    case chat, chatWithDeadline, chatCancelled
  }

  @Test(arguments: 0..<UInt64(rounds))
  func `mixed calls, cancels and a shutdown in between`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let plans = (0..<Self.calls).map { _ in
      (plan: Plan.allCases.randomElement(using: &random) ?? .unary, dice: random.next())
    }
    let isStoppedInBetween = seed % 2 == 1
    let queue = CompletionQueue(resume: seed % 4 < 2 ? .pool : .inline)
    do {
      var options = TransportOptions()
      options.maxActiveCalls = 64
      options.maxConcurrentStreams = 200
      let server = try loopbackServer(Self.handlers, queue, options: options)
      let target = server.boundAddresses[0].description
      let channels = try (0..<3).map { _ in
        try Channel(target, credentials: .insecure, queue: queue)
      }
      let codes = Shared<[StatusCode: Int]>([:])
      await withTaskGroup(of: Void.self) { group in
        for (index, step) in plans.enumerated() {
          let channel = channels[index % channels.count]
          group.addTask {
            let code = await Self.run(step.plan, dice: step.dice, on: channel)
            codes.change { $0[code, default: 0] += 1 }
          }
        }
        if isStoppedInBetween {
          group.addTask {
            try? await Task.sleep(for: .milliseconds(Int(seed) * 7))
            await server.shutdown(grace: .milliseconds(Int(seed) * 5))
          }
        }
      }
      await server.shutdown(grace: .milliseconds(100))

      let possible: Set<StatusCode> = [
        .ok, .cancelled, .deadlineExceeded, .unimplemented, .aborted, .resourceExhausted,
        .unavailable, .outOfRange,
      ]
      expect(codes.value.values.reduce(0, +), equals: Self.calls)
      expect(
        Set(codes.value.keys).subtracting(possible),
        equals: [],
        "seed \(seed): \(codes.value)"
      )
      if !isStoppedInBetween { #expect(codes.value[.ok, default: 0] > 0) }
      expect(server.activeCalls, equals: 0)
    }
    await queue.shutdown()
  }

  private static let handlers: [Method: Handler] = [
    .echo: .echo,
    .upload: .upload,
    .chat: .chat,
    .fail: .unary { _, _ in throw RPCError(.aborted, "as asked", details: [1, 2]) },
    .wait: .unary { _, payload in
      try await Task.sleep(for: .milliseconds(payload.count))
      return payload
    },
    .cut: .streaming { call in
      _ = try await call.receive()
      throw RPCError(.outOfRange, "enough")
    },
  ]

  private static func run(_ plan: Plan, dice: UInt64, on channel: Channel) async -> StatusCode {
    let task = Task { () -> StatusCode in
      let error = await rpcError { try await perform(plan, dice: dice, on: channel) }
      return error?.code ?? .ok
    }
    if [.unaryCancelled, .uploadCancelled, .chatCancelled].contains(plan) {
      try? await Task.sleep(for: .microseconds(Int(dice % 4000)))
      task.cancel()
    }
    return await task.value
  }

  private static func perform(_ plan: Plan, dice: UInt64, on channel: Channel) async throws {
    let size = Int((dice >> 32) % 60_000)
    let soon = CallOptions(deadline: .microseconds(Int(dice % 6000)))
    switch plan {
    case .unary, .unaryCancelled:
      let answer = try await channel.unary(.echo, bytes(size))
      guard answer.count == size else { throw RPCError(.dataLoss, "answer differs") }
    case .unaryWithDeadline: _ = try await channel.unary(.wait, bytes(Int(dice % 10)), soon)
    case .unaryMissing: _ = try await channel.unary(Method("/none"), bytes(size))
    case .unaryFailing: _ = try await channel.unary(.fail, bytes(size))
    case .unaryLarge: _ = try await channel.unary(.echo, bytes((2 << 20) + 1))
    case .upload, .uploadCancelled: try await upload(size, dice % 9, on: channel)
    case .uploadAbandoned:
      let call = try channel.stream(.upload)
      try await call.send(bytes(size))
    case .uploadCutShort:
      let call = try channel.stream(.cut)
      while true { try await call.send(bytes(size)) }
    case .chat, .chatCancelled: try await chat(size, dice % 9, CallOptions(), on: channel)
    case .chatWithDeadline: try await chat(size, dice % 9, soon, on: channel)
    }
  }

  private static func upload(_ size: Int, _ count: UInt64, on channel: Channel) async throws {
    let call = try channel.stream(.upload)
    for _ in 0..<count { try await call.send(bytes(size)) }
    try await call.halfClose()
    let sum = try await call.receive()?.text
    _ = try await call.finish()
    guard sum == String(size * Int(count)) else { throw RPCError(.dataLoss, "sum differs") }
  }

  private static func chat(
    _ size: Int,
    _ count: UInt64,
    _ options: CallOptions,
    on channel: Channel
  ) async throws {
    let call = try channel.stream(.chat, options)
    for _ in 0..<count {
      try await call.send(bytes(size))
      guard let answer = try await call.receive() else { break }
      guard answer.count == size else { throw RPCError(.dataLoss, "answer differs") }
    }
    try? await call.halfClose()
    _ = try await call.finish()
  }

  private static func bytes(_ count: Int) -> Payload {
    Payload([UInt8](repeating: 5, count: count))
  }
}

extension Method {
  fileprivate static let cut = Method("/test.Service/Cut")
}

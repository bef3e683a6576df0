internal import FleetProtocol
internal import GRPCTransport
internal import Glibc
internal import Log

/// What the control stream asks of the rest of the agent.
protocol ControlDelegate: Sendable {
  /// The first message of a stream.
  func hello() async -> Hello
  /// The collector has answered; it may say how often targets are to be read.
  func welcomed(_ welcome: Welcome) async
  func received(_ command: Command) async
  /// The stream that was welcomed has ended.
  func parted() async
}

/// Keeps the control stream to the collector open, for as long as its task runs.
///
/// What goes up comes from the spool, in order, and stays there until the collector has committed
/// it; a stream that ends is opened again, and sends again what was not acknowledged.
struct ControlClient: Sendable {
  private let link: CollectorLink
  private let spool: Spool
  private let delegate: any ControlDelegate
  private let log: Logger

  /// How long the collector may take to answer a hello.
  private static let patience = Duration.seconds(20)
  /// A stream that lived so long was a good one: the next attempt comes soon.
  private static let goodLife = Duration.seconds(10)

  init(link: CollectorLink, spool: Spool, delegate: any ControlDelegate, log: Logger) {
    self.link = link
    self.spool = spool
    self.delegate = delegate
    self.log = log
  }

  private enum End: Error {
    case refused(String)
    case silent
  }

  func run() async {
    var backoff = Backoff()
    var complaint = ""
    while !Task.isCancelled {
      let began = ContinuousClock.now
      do {
        try await converse { complaint = "" }
      } catch {
        // Once for each reason: a collector can be away for days.
        let reason = Self.reason(error)
        if reason != complaint && !Task.isCancelled {
          log.warning("no control stream to the collector", ["reason": reason])
        }
        complaint = reason
      }
      if ContinuousClock.now - began > Self.goodLife { backoff.reset() }
      try? await Task.sleep(for: backoff.next())
      link.connectNow()
    }
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case End.refused(let reason): "refused: \(reason)"
    case End.silent: "the collector does not answer"
    case let error as RPCError: error.message.isEmpty ? "\(error.code)" : error.message
    default: "\(error)"
    }
  }

  // MARK: One stream

  private func converse(_ welcomed: () -> Void) async throws {
    let call = try link.openControlStream()
    defer { call.cancel() }
    let hello = AgentMessage(body: .hello(await delegate.hello()))
    try await call.send(Payload(hello.encoded()))
    let acknowledged = try await welcome(call)
    welcomed()
    let result: Result<Void, any Error>
    do {
      result = .success(try await exchange(on: call, after: acknowledged))
    } catch {
      result = .failure(error)
    }
    await delegate.parted()
    try result.get()
    // The collector ended the stream: `finish` says how.
    _ = try await call.finish()
  }

  /// Sends and receives until either comes to an end.
  private func exchange(on call: ClientCall, after acknowledged: UInt64) async throws {
    try await withThrowingTaskGroup { group in
      group.addTask { try await send(on: call, after: acknowledged) }
      group.addTask { try await receive(on: call) }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  /// Waits for the collector's answer to our hello.
  ///
  /// - Returns: the last number that it has committed.
  private func welcome(_ call: ClientCall) async throws -> UInt64 {
    let first = try await withThrowingTaskGroup(of: CollectorMessage?.self) { group in
      group.addTask { try await Self.next(on: call) }
      group.addTask {
        try await Task.sleep(for: Self.patience)
        throw End.silent
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    switch first {
    case .welcome(let welcome):
      try await spool.acknowledge(through: welcome.acknowledgedSequence)
      log.info("connected to the collector", ["acknowledged": welcome.acknowledgedSequence])
      await delegate.welcomed(welcome)
      return welcome.acknowledgedSequence
    case .refusal(let refusal):
      throw End.refused(refusal.reason)
    case nil:
      _ = try await call.finish()
      throw End.silent
    case .acknowledgement, .command, .unknown:
      throw RPCError(.internalError, "the collector's first word was no welcome")
    }
  }

  private static func next(on call: ClientCall) async throws -> CollectorMessage? {
    guard let payload = try await call.receive() else { return nil }
    return try CollectorLink.decode(CollectorMessage.self, payload)
  }

  private func send(on call: ClientCall, after acknowledged: UInt64) async throws {
    var sent = acknowledged
    while !Task.isCancelled {
      let seen = spool.newMessages.count
      let messages = try await spool.messages(after: sent)
      // Only so many come at once, and those behind them are not announced again.
      guard !messages.isEmpty else {
        await spool.newMessages.wait(beyond: seen)
        continue
      }
      for message in messages {
        try await call.send(Payload(message.bytes))
        sent = message.sequence
      }
    }
  }

  private func receive(on call: ClientCall) async throws {
    while let message = try await Self.next(on: call) {
      switch message {
      case .acknowledgement(let acknowledgement):
        try await spool.acknowledge(through: acknowledgement.sequence)
      case .command(let command):
        await delegate.received(command)
      case .refusal(let refusal):
        throw End.refused(refusal.reason)
      case .welcome, .unknown:
        break
      }
    }
  }
}

internal import FleetProtocol
internal import GRPCTransport
internal import JSONStream
internal import TestSupport

/// A collector whose answers a test has written, on a socket of its own.
///
/// It speaks the real contract over the real transport, so that a test of a command starts the
/// built program and nothing else.
final class ScriptedCollector: Sendable {
  /// What a test has written: by method, what is answered.
  struct Script {
    fileprivate var handlers: [Method: Handler] = [:]

    mutating func answer<Request, Reply>(
      _ method: FleetMethod<Request, Reply>,
      _ body: @escaping @Sendable (Request) throws -> Reply
    ) {
      handlers[Method(method.path)] = .unary { _, payload in
        let request = try payload.withContiguous { bytes in try Request(decoding: bytes) }
        return Payload(try body(request).encoded())
      }
    }

    mutating func stream<Request, Reply>(
      _ method: FleetMethod<Request, Reply>,
      _ body: @escaping @Sendable (Request) throws -> [Reply]
    ) {
      conversation(method) { request, send in
        for reply in try body(request) { try await send(reply) }
      }
    }

    mutating func conversation<Request, Reply>(
      _ method: FleetMethod<Request, Reply>,
      _ body: @escaping @Sendable (Request, (Reply) async throws -> Void) async throws -> Void
    ) {
      handlers[Method(method.path)] = .streaming { call in
        guard let payload = try await call.receive() else { return nil }
        let request = try payload.withContiguous { bytes in try Request(decoding: bytes) }
        try await body(request) { reply in try await call.send(Payload(reply.encoded())) }
        return nil
      }
    }
  }

  private let folder: TemporaryFolder
  private let queue: CompletionQueue
  private let server: Server

  var address: String { "unix:\(folder.path)/socket" }

  private init(_ script: Script) throws {
    folder = TemporaryFolder()
    // On its own thread: other tests may keep the pool busy for longer than a call waits.
    queue = CompletionQueue(resume: .inline)
    server = try Server(
      script.handlers,
      listen: [(.unix(path: folder.file("socket")), .insecureLocalOnly)],
      queues: [queue]
    )
  }

  /// Runs `retinue` with these words against a collector with this script.
  static func run(
    _ words: String...,
    script: (inout Script) -> Void
  ) async throws -> BuiltProgram.Outcome {
    try await run(words, script: script)
  }

  static func run(
    _ words: [String],
    script: (inout Script) -> Void
  ) async throws -> BuiltProgram.Outcome {
    var written = Script()
    script(&written)
    let collector = try ScriptedCollector(written)
    let outcome: Result<BuiltProgram.Outcome, any Error>
    do {
      outcome = .success(
        try await BuiltProgram.retinue.run(
          words,
          environment: ["RETINUE_COLLECTOR": collector.address]
        )
      )
    } catch {
      outcome = .failure(error)
    }
    await collector.server.shutdown(grace: .seconds(1))
    await collector.queue.shutdown()
    return try outcome.get()
  }
}

extension BuiltProgram.Outcome {
  /// What was printed, as JSON.
  var json: JSONValue {
    get throws { try JSONValue(parsing: Array(output.utf8)) }
  }
}

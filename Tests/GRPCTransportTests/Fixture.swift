import GRPCTransport
import Testing

/// A server and a channel to it on a loopback port, for the length of one test.
struct Fixture {
  let queue: CompletionQueue
  let server: Server
  let channel: Channel

  /// Runs `body`, then shuts everything down and so proves that nothing is left alive.
  static func run(
    _ handlers: [Method: Handler],
    options: TransportOptions = TransportOptions(),
    clientOptions: TransportOptions? = nil,
    resume: CompletionQueue.Resume = .pool,
    admit: @escaping @Sendable (borrowing CallInfo) -> RPCError? = { _ in nil },
    report: @escaping @Sendable (Method, any Error) -> Void = { _, _ in },
    grace: Duration = .seconds(2),
    _ body: (Fixture) async throws -> Void
  ) async throws {
    let queue = CompletionQueue(resume: resume)
    let server = try Server(
      handlers,
      listen: [(.tcp(host: "127.0.0.1", port: 0), .insecureLocalOnly)],
      options: options,
      queues: [queue],
      admit: admit,
      report: report
    )
    let result: Result<Void, any Error>
    do {
      let fixture = Fixture(
        queue: queue,
        server: server,
        channel: try Channel(
          server.boundAddresses[0].description,
          credentials: .insecure,
          options: clientOptions ?? options,
          queue: queue
        )
      )
      result = .success(try await body(fixture))
    } catch {
      result = .failure(error)
    }
    await server.shutdown(grace: grace)
    await queue.shutdown()
    try result.get()
  }

  var target: String { server.boundAddresses[0].description }
}

extension Method {
  static let echo = Method("/test.Service/Echo")
  static let upload = Method("/test.Service/Upload")
  static let chat = Method("/test.Service/Chat")
  static let fail = Method("/test.Service/Fail")
  static let wait = Method("/test.Service/Wait")
}

extension Handler {
  static let echo = Handler.unary { _, payload in payload }

  /// Counts the bytes of all messages and answers with the sum in decimal.
  static let upload = Handler.streaming { call in
    var sum = 0
    while let message = try await call.receive() { sum += message.count }
    return Payload(Array(String(sum).utf8))
  }

  /// Sends every message back at once.
  static let chat = Handler.streaming { call in
    while let message = try await call.receive() { try await call.send(message) }
    return nil
  }
}

extension Payload {
  init(text: String) {
    self.init(Array(text.utf8))
  }

  var text: String {
    String(decoding: copyBytes(), as: UTF8.self)
  }
}

/// The error that `body` throws, as the one kind a call can throw.
func rpcError(_ body: () async throws -> Void) async -> RPCError? {
  do {
    try await body()
    return nil
  } catch {
    return error as? RPCError
  }
}

/// Whether one of the next calls is answered; the first may fall with the connection before it.
func isServedSoon(_ channel: Channel) async -> Bool {
  for _ in 0..<10 {
    let error = await rpcError { _ = try await channel.unary(.echo, Payload()) }
    if error == nil { return true }
  }
  return false
}

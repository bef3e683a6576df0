import Collector
import FleetProtocol
import FoundationEssentials
import GRPCTransport
import Glibc
import HeapModel
import Log
import Store
import Synchronization
import TestSupport
import Testing

/// The whole collector, on real sockets and a real store.
@Suite(.serialized, .timeLimit(.minutes(3))) struct CollectorServerTests {
  private let folder = TemporaryFolder()
  private let id = String(repeating: "1", count: 32)

  /// Runs a collector, lends its address, and ends it.
  private func withCollector(
    _ listen: String,
    change: (inout CollectorConfiguration) -> Void = { _ in },
    _ body: (ListenAddress) async throws -> Void
  ) async throws {
    var configuration = CollectorConfiguration(
      listen: try ListenAddress(listen),
      dataFolder: folder.path + "/data"
    )
    configuration.maximumAgents = 10
    configuration.tokenFolder = folder.path + "/tokens"
    change(&configuration)
    let stop = Mailbox<Int, Int>()
    let ready = Mailbox<Int, ListenAddress>()
    let running = Task { [configuration] in
      defer { ready.close() }
      try await CollectorServer.run(
        configuration,
        log: Logger(level: .error),
        ready: { ready.put($0, for: 0) },
        until: { _ = await stop.next() }
      )
    }
    do {
      if let address = await ready.next() { try await body(address) }
    } catch {
      stop.close()
      try await running.value
      throw error
    }
    stop.close()
    try await running.value
  }

  /// Lends a client.
  private func withClient<Result: Sendable>(
    _ address: ListenAddress,
    token: String? = nil,
    _ body: (Client) async throws -> Result
  ) async throws -> Result {
    let queue = CompletionQueue()
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await body(try Client(address, token: token, queue: queue)))
    } catch {
      result = .failure(error)
    }
    await queue.shutdown()
    return try result.get()
  }

  private struct Client {
    private let channel: Channel
    private var metadata = Metadata()

    init(_ address: ListenAddress, token: String?, queue: CompletionQueue) throws {
      channel = try Channel(address.description, credentials: .insecure, queue: queue)
      if let token { try metadata.add("authorization", .text("Bearer " + token)) }
    }

    func ask<Request, Reply>(
      _ method: FleetMethod<Request, Reply>,
      _ request: Request
    ) async throws -> Reply {
      let options = CallOptions(metadata: metadata, deadline: .seconds(20))
      let reply = try await channel.unary(
        Method(method.path),
        Payload(request.encoded()),
        options
      )
      return try reply.withContiguous { bytes in try Reply(decoding: bytes) }
    }
  }

  private var socket: String { "unix:\(folder.path)/run/c.socket" }

  @Test func `an upload over a socket is there after a new start`() async throws {
    let blocks = try (0..<3).map { number in
      try Fixture.block(
        id,
        UInt32(number),
        at: UInt64(number) * 1_000,
        [UInt8](repeating: UInt8(number), count: 1_000)
      )
    }
    try await withCollector(socket) { address in
      try await withClient(address) { client in
        _ = try await client.ask(FleetMethods.Uploads.begin, Fixture.begin(id))
        _ = try await client.ask(FleetMethods.Uploads.put, blocks[0])
        _ = try await client.ask(FleetMethods.Uploads.put, blocks[1])
      }
    }
    try await withCollector(socket) { address in
      try await withClient(address) { client in
        let position = try await client.ask(FleetMethods.Uploads.begin, Fixture.begin(id))
        expect(position.nextIndex, equals: 2)
        _ = try await client.ask(FleetMethods.Uploads.put, blocks[2])
        let end = try await client.ask(
          FleetMethods.Uploads.commit,
          Fixture.commit(id, blocks, complete: false)
        )
        #expect(end.committed)
        let rows = try await client.ask(
          FleetMethods.Queries.listSnapshots,
          ListSnapshotsRequest(choice: .selector(""))
        )
        expect(rows.rows.map(\.state), equals: [.incomplete])
        expect(rows.rows.map(\.reason), equals: ["target_gone"])
      }
    }
  }

  @Test func `loopback TCP asks for the token, which is left where it is looked for`()
    async throws
  {
    try await withCollector("127.0.0.1:0") { address in
      let copy = "\(folder.path)/tokens/token-\(address)"
      let contents = try #require(FileManager.default.contents(atPath: copy))
      let token = String(decoding: contents, as: UTF8.self).filter { !$0.isWhitespace }
      var information = stat()
      expect(stat(copy, &information), equals: 0)
      expect(information.st_mode & 0o777, equals: 0o600)

      for wrong in [nil, String(repeating: "0", count: 64)] {
        let error = await #expect(throws: RPCError.self) {
          try await withClient(address, token: wrong) { client in
            _ = try await client.ask(FleetMethods.Queries.status, StatusRequest())
          }
        }
        expect(error?.code, equals: .unauthenticated)
      }
      let status = try await withClient(address, token: token) { client in
        try await client.ask(FleetMethods.Queries.status, StatusRequest())
      }
      #expect(status.freeBytes > 0)
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/tokens")
    expect(left, equals: [])
  }

  @Test func `a collector says why it does not start`() async throws {
    try await withCollector(socket) { _ in
      let second = await #expect(throws: CollectorServer.StartError.self) {
        try await withCollector(socket) { _ in }
      }
      expect(second?.description.contains("another collector"), equals: true)
    }
    let outside = await #expect(throws: CollectorServer.StartError.self) {
      try await withCollector("0.0.0.0:0") { _ in }
    }
    expect(outside?.description.contains("TLS"), equals: true)
    let many = await #expect(throws: CollectorServer.StartError.self) {
      try await withCollector(socket, change: { $0.maximumAgents = 100_000_000 }) { _ in }
    }
    expect(many?.description.contains("--max-agents"), equals: true)
  }

  @Test func `a full disk is told as such, and reading goes on`() async throws {
    let gauge: (inout CollectorConfiguration) -> Void = { $0.diskLimit = 0 }
    try await withCollector(socket, change: gauge) { address in
      try await withClient(address) { client in
        let error = await #expect(throws: RPCError.self) {
          try await client.ask(FleetMethods.Uploads.begin, Fixture.begin(id))
        }
        expect(error?.code, equals: .resourceExhausted)
        expect(error?.trailing["retry-after-seconds"], equals: "30")
        let targets = try await client.ask(
          FleetMethods.Queries.listTargets,
          ListTargetsRequest(choice: .selector(""))
        )
        expect(targets.rows, equals: [])
      }
    }
  }

  @Test func `an unknown snapshot is not found, a wrong selector is invalid`() async throws {
    try await withCollector(socket) { address in
      try await withClient(address) { client in
        let invalid = await #expect(throws: RPCError.self) {
          try await client.ask(
            FleetMethods.Queries.listTargets,
            ListTargetsRequest(choice: .selector("colour=red"))
          )
        }
        expect(invalid?.code, equals: .invalidArgument)
        let missing = await #expect(throws: RPCError.self) {
          try await client.ask(
            FleetMethods.Queries.listTargets,
            ListTargetsRequest(choice: .target(TargetID(high: 1, low: 2)))
          )
        }
        expect(missing?.code, equals: .notFound)
      }
    }
  }
}

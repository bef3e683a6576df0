internal import Compression
internal import Cryptography
internal import FleetProtocol
internal import FoundationEssentials
internal import GRPCTransport
internal import Glibc
internal import HeapModel
internal import TestSupport
internal import Testing

/// kill -9 at random moments: nothing that was acknowledged is lost or changed, and nothing needs a
/// human to go on.
///
/// `RETINUE_KILL_ROUNDS` says how often; `make proof` does it with real targets as well.
@Suite(
  .serialized,
  .enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"),
  .timeLimit(.minutes(10))
)
struct CollectorKillTests {
  private let folder = TemporaryFolder()

  private var rounds: Int {
    ProcessInfo.processInfo.environment["RETINUE_KILL_ROUNDS"].flatMap { Int($0) } ?? 10
  }

  private func start() throws -> RunningCollector {
    try RunningCollector(
      data: folder.path + "/data",
      socket: folder.path + "/run/c.socket",
      log: folder.path + "/log"
    )
  }

  /// An upload as a spool holds it: whole, with the answers that were given.
  private struct Spooled: Sendable {
    var begin: BeginUpload
    var blocks: [PutBlock]
    var commit: CommitUpload

    init(_ number: Int, using random: inout SeededGenerator) throws {
      let id = TargetID(high: 5, low: UInt64(number)).description
      begin = BeginUpload(
        uploadID: id,
        kind: .snapshot,
        agentID: String(repeating: "a", count: 32),
        targetID: TargetID(high: 1, low: 1),
        commandID: id,
        startedAt: 1,
        format: "v8"
      )
      var compressor = try ZstdBlockCompressor()
      var hash = SHA256()
      blocks = []
      var offset: UInt64 = 0
      for index in 0..<UInt32.random(in: 4...16, using: &random) {
        let count = Int.random(in: 1_000...60_000, using: &random)
        let payload = try compressor.compress(
          (0..<count).map { _ in UInt8.random(in: 0...63, using: &random) }
        )
        let digest = SHA256.digest(of: payload)
        hash.update(digest.bytes)
        blocks.append(
          PutBlock(
            uploadID: id,
            index: index,
            offset: offset,
            rawSize: UInt32(count),
            kind: 1,
            sha256: digest.bytes,
            payload: payload
          )
        )
        offset += UInt64(count)
      }
      // Not complete in the end, since random bytes are no heap to be analysed.
      commit = CommitUpload(
        uploadID: id,
        blockCount: UInt32(blocks.count),
        rawSize: offset,
        sha256: hash.finish().bytes,
        complete: false,
        reason: "test"
      )
    }
  }

  @Test func `what was acknowledged survives kill -9 at any moment`() async throws {
    var random = SeededGenerator(seed: 1)
    let queue = CompletionQueue()
    let channel = try Channel(
      "unix:\(folder.path)/run/c.socket",
      credentials: .insecure,
      options: Self.options,
      queue: queue
    )
    let client = Client(channel: channel)
    var collector = try start()
    var uploads: [Spooled] = []
    var slowestStart = Duration.zero
    for round in 0..<rounds {
      let upload = try Spooled(round, using: &random)
      let sender = Task { try await client.deliver(upload) }
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...250, using: &random)))
      collector.kill()
      let clock = ContinuousClock()
      let begin = clock.now
      collector = try start()
      slowestStart = max(slowestStart, begin.duration(to: clock.now))
      let sentTwice = try await sender.value
      #expect(sentTwice <= 1, "round \(round)")
      uploads.append(upload)
    }
    collector.kill()
    collector = try start()
    for upload in uploads {
      let stored = try await client.blocks(of: upload.begin.uploadID)
      expect(stored.map(\.payload), equals: upload.blocks.map(\.payload))
      let position = try await client.ask(FleetMethods.Uploads.begin, upload.begin)
      #expect(position.committed)
    }
    #expect(slowestStart < .seconds(5))
    expect(collector.end(with: SIGTERM), equals: 0)
    channel.resetBackoff()
    await shutDown(client, queue)
  }

  private func shutDown(_ client: consuming Client, _ queue: CompletionQueue) async {
    _ = consume client
    // Calls have ended, so the queue has nothing to wait for but the channel's own.
    await queue.shutdown()
  }

  private static var options: TransportOptions {
    var options = TransportOptions()
    options.reconnect = TransportOptions.Backoff(
      initial: .milliseconds(20),
      maximum: .milliseconds(100),
      connectTimeout: .seconds(5)
    )
    return options
  }

  /// An agent's way of sending: from where the collector is, again and again until it is over.
  private struct Client: Sendable {
    let channel: Channel

    /// - Returns: how many blocks were sent although an earlier answer, or the collector's own
    ///   position, had taken them.
    func deliver(_ upload: Spooled) async throws -> Int {
      var sent: Set<UInt32> = []
      var sentTwice = 0
      while true {
        do {
          var position = try await ask(FleetMethods.Uploads.begin, upload.begin)
          while position.committed == false, position.nextIndex < upload.blocks.count {
            let block = upload.blocks[Int(position.nextIndex)]
            if sent.insert(block.index).inserted == false { sentTwice += 1 }
            position = try await ask(FleetMethods.Uploads.put, block)
          }
          position = try await ask(FleetMethods.Uploads.commit, upload.commit)
          if position.committed { return sentTwice }
        } catch let error as RPCError where error.isTransient || error.code == .deadlineExceeded {
          try await Task.sleep(for: .milliseconds(20))
        }
      }
    }

    func ask<Request, Reply>(
      _ method: FleetMethod<Request, Reply>,
      _ request: Request
    ) async throws -> Reply {
      let reply = try await channel.unary(
        Method(method.path),
        Payload(request.encoded()),
        CallOptions(deadline: .seconds(30), waitForReady: true)
      )
      return try reply.withContiguous { bytes in try Reply(decoding: bytes) }
    }

    func blocks(of id: String) async throws -> [Block] {
      let call = try channel.stream(
        Method(FleetMethods.Queries.readBlocks.path),
        CallOptions(deadline: .seconds(30), waitForReady: true)
      )
      try await call.send(Payload(ReadBlocksRequest(snapshotID: id).encoded()))
      try await call.halfClose()
      var blocks: [Block] = []
      while let message = try await call.receive() {
        blocks.append(try message.withContiguous { bytes in try Block(decoding: bytes) })
      }
      _ = try await call.finish()
      return blocks
    }
  }
}

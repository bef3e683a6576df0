import Collector
import Compression
import Cryptography
import FleetProtocol
import HeapModel
import Store
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct UploadServiceTests {
  private let fixture = Fixture()
  private let id = String(repeating: "1", count: 32)

  private func blocks(_ count: Int) throws -> [PutBlock] {
    try (0..<count).map { number in
      let raw = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 * (number + 3)) }
      return try Fixture.block(id, UInt32(number), at: UInt64(number) * 5_000, raw)
    }
  }

  private func code(
    _ body: () async throws -> UploadPosition
  ) async -> UploadService.Refusal.Code? {
    do {
      _ = try await body()
      return nil
    } catch {
      return (error as? UploadService.Refusal)?.code
    }
  }

  @Test func `an upload goes from begin to commit, and its blocks are in the store`() async throws {
    let blocks = try blocks(3)
    try await expect(fixture.uploads.begin(Fixture.begin(id)).nextIndex, equals: 0)
    for (index, block) in blocks.enumerated() {
      let position = try await fixture.uploads.put(block)
      expect(position.nextIndex, equals: UInt32(index) + 1)
      #expect(position.accepted)
      let digest = try #require(Digest(bytes: block.sha256))
      try await expect(fixture.blobs.get(digest), equals: block.payload)
    }
    let position = try await fixture.uploads.commit(Fixture.commit(id, blocks))
    #expect(position.committed)
    try await expect(fixture.metadata.upload(id)?.state, equals: .complete)
    expect(fixture.told.stored.withLock { $0 }, equals: [0, 1, 2])
    expect(fixture.told.ended.withLock { $0.map(\.state) }, equals: [.complete])
  }

  @Test func `blocks that come at once are taken in order or answered with the right place`()
    async throws
  {
    let blocks = try blocks(8)
    _ = try await fixture.uploads.begin(Fixture.begin(id))
    // A sender that keeps several under way goes on from what the answers say.
    var next = 0
    while next < blocks.count {
      let window = blocks[next..<min(next + 4, blocks.count)]
      let answers = try await withThrowingTaskGroup { group in
        for block in window { group.addTask { try await fixture.uploads.put(block) } }
        return try await group.reduce(into: [UploadPosition]()) { $0.append($1) }
      }
      next = Int(answers.map(\.nextIndex).max() ?? 0)
    }
    #expect(try await fixture.uploads.commit(Fixture.commit(id, blocks)).committed)
    expect(fixture.told.stored.withLock { $0 }, equals: Array(0..<8))
  }

  @Test func `a collector that starts anew goes on where the store is`() async throws {
    let blocks = try blocks(3)
    _ = try await fixture.uploads.begin(Fixture.begin(id))
    _ = try await fixture.uploads.put(blocks[0])
    _ = try await fixture.uploads.put(blocks[1])

    let again = UploadService(
      metadata: fixture.metadata,
      blobs: fixture.blobs,
      clock: fixture.clock,
      room: fixture.room,
      observer: Told()
    )
    let position = try await again.begin(Fixture.begin(id))
    expect(position.nextIndex, equals: 2)
    expect(position.nextOffset, equals: 10_000)
    #expect(try await again.put(blocks[1]).accepted)
    _ = try await again.put(blocks[2])
    #expect(try await again.commit(Fixture.commit(id, blocks)).committed)
    #expect(try await again.commit(Fixture.commit(id, blocks)).accepted)
  }

  @Test func `hostile blocks are refused and nothing of them is kept`() async throws {
    _ = try await fixture.uploads.begin(Fixture.begin(id))
    var compressor = try ZstdBlockCompressor()
    func block(_ payload: [UInt8], rawSize: UInt32) -> PutBlock {
      PutBlock(
        uploadID: id,
        index: 0,
        offset: 0,
        rawSize: rawSize,
        kind: 1,
        sha256: SHA256.digest(of: payload).bytes,
        payload: payload
      )
    }
    let bomb = try compressor.compress([UInt8](repeating: 0, count: 256 << 20))
    #expect(bomb.count < 64_000)
    let frame = try compressor.compress([UInt8](repeating: 7, count: 1_000))
    var damaged = block(frame, rawSize: 1_000)
    damaged.sha256[3] ^= 1
    let hostile = [
      block(bomb, rawSize: 1 << 20), block(frame, rawSize: 999), block(frame, rawSize: 1_001),
      block(frame + frame, rawSize: 2_000), block(Array("no frame".utf8), rawSize: 8), damaged,
    ]
    for block in hostile {
      await expect(code { try await fixture.uploads.put(block) }, equals: .malformed)
    }
    try await expect(fixture.blobs.list(after: nil, limit: 10), equals: [])
    #expect(try await fixture.uploads.put(block(frame, rawSize: 1_000)).accepted)
  }

  @Test func `what was never begun is said to be unknown`() async throws {
    let blocks = try blocks(1)
    await expect(code { try await fixture.uploads.put(blocks[0]) }, equals: .unknown)
    await expect(
      code { try await fixture.uploads.commit(Fixture.commit(id, blocks)) },
      equals: .unknown
    )
  }

  @Test func `another agent cannot go on with an upload`() async throws {
    _ = try await fixture.uploads.begin(Fixture.begin(id))
    var stranger = Fixture.begin(id)
    stranger.agentID = String(repeating: "b", count: 32)
    await expect(code { try await fixture.uploads.begin(stranger) }, equals: .foreign)
  }

  @Test func `without room new uploads are refused and begun ones go on`() async throws {
    let blocks = try blocks(1)
    _ = try await fixture.uploads.begin(Fixture.begin(id))
    fixture.room.refusesNew.withLock { $0 = true }

    let other = String(repeating: "2", count: 32)
    await expect(code { try await fixture.uploads.begin(Fixture.begin(other)) }, equals: .full)
    #expect(try await fixture.uploads.begin(Fixture.begin(id)).accepted)
    #expect(try await fixture.uploads.put(blocks[0]).accepted)
    fixture.room.refusesNew.withLock { $0 = false }
    #expect(try await fixture.uploads.begin(Fixture.begin(other)).accepted)
  }

  @Test func `an upload that nobody goes on with is given up after its time`() async throws {
    let blocks = try blocks(2)
    _ = try await fixture.uploads.begin(Fixture.begin(id))
    _ = try await fixture.uploads.put(blocks[0])
    fixture.clock.advance(by: 71 * hour)
    try await expect(fixture.uploads.expire(silentFor: 72 * hour), equals: 0)
    fixture.clock.advance(by: hour + second)
    try await expect(fixture.uploads.expire(silentFor: 72 * hour), equals: 1)

    let upload = try await fixture.metadata.upload(id)
    expect(upload?.state, equals: .incomplete)
    expect(upload?.reason.contains("expired"), equals: true)
    let digest = try #require(Digest(bytes: blocks[0].sha256))
    try await expect(fixture.metadata.isReferenced(digest), equals: false)
    // The agent that comes back after all is told that it is over.
    #expect(try await fixture.uploads.begin(Fixture.begin(id)).committed)
    try await expect(fixture.uploads.put(blocks[1]).accepted, equals: false)
  }

  @Test func `room is judged by the share of the disk that is used`() {
    func gauge(free: UInt64) -> DiskGauge {
      DiskGauge(limit: 0.9) { DiskSpace(totalBytes: 1_000, freeBytes: free) }
    }
    #expect(gauge(free: 101).refusal(ofNewUpload: true) == nil)
    expect(gauge(free: 100).refusal(ofNewUpload: true)?.contains("90 %"), equals: true)
    #expect(gauge(free: 100).refusal(ofNewUpload: false) == nil)
    #expect(gauge(free: 50).refusal(ofNewUpload: false) != nil)
  }
}

import Cryptography
import HeapModel
import Store
import TestSupport
import Testing

@Suite struct UploadLedgerTests {
  private func block(_ index: UInt32, offset: UInt64, size: UInt32 = 100) -> BlockRecord {
    BlockRecord(
      index: index,
      offset: offset,
      rawSize: size,
      storedSize: size / 2,
      kind: 3,
      blob: SHA256.digest(of: [UInt8(index)])
    )
  }

  @Test(arguments: StoreKind.allCases)
  func `an upload that is begun twice is one`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let upload = Sample.upload(1)
    var other = upload
    other.format = "other"

    try await expect(store.beginUpload(upload), equals: upload)
    try await expect(store.beginUpload(other), equals: upload)
    try await expect(store.upload(upload.id), equals: upload)
    #expect(try await store.upload(Sample.id(2)) == nil)
  }

  @Test(arguments: StoreKind.allCases)
  func `blocks are counted and come back in order`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let upload = try await store.beginUpload(Sample.upload(1))
    let blocks = [block(0, offset: 0), block(1, offset: 100, size: 7), block(2, offset: 107)]

    for (index, block) in blocks.enumerated() {
      let after = try await store.addBlock(block, to: upload.id, at: 200 + UInt64(index))
      expect(after.blockCount, equals: UInt32(index) + 1)
      expect(after.touchedAt, equals: 200 + UInt64(index))
    }

    try await expect(store.blocks(of: upload.id, from: 0, limit: 10), equals: blocks)
    try await expect(store.blocks(of: upload.id, from: 1, limit: 1), equals: [blocks[1]])
    let stored = try await store.upload(upload.id)
    expect(stored?.rawBytes, equals: 207)
    expect(stored?.storedBytes, equals: 103)
    try await expect(store.counts().storedBytes, equals: 103)
  }

  @Test(arguments: StoreKind.allCases)
  func `a block that does not follow on changes nothing`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let upload = try await store.beginUpload(Sample.upload(1))
    let first = try await store.addBlock(block(0, offset: 0), to: upload.id, at: 1)

    for wrong in [block(0, offset: 0), block(2, offset: 100), block(1, offset: 99)] {
      let error = await #expect(throws: StoreError.self) {
        try await store.addBlock(wrong, to: upload.id, at: 2)
      }
      expect(error?.code, equals: .conflict)
    }
    let missing = await #expect(throws: StoreError.self) {
      try await store.addBlock(block(0, offset: 0), to: Sample.id(2), at: 2)
    }
    expect(missing?.code, equals: .missing)
    try await expect(store.upload(upload.id), equals: first)
  }

  @Test(arguments: StoreKind.allCases)
  func `an ended upload keeps its end`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    var upload = try await store.beginUpload(Sample.upload(1))
    upload.state = .incomplete
    upload.reason = "agent_restarted"
    upload.epoch = IdentityEpoch(isolate: "i", epoch: "e", anchors: [3, .max, 0])
    upload.nodeCount = 12
    try await expect(store.endUpload(upload), equals: upload)

    var other = upload
    other.state = .complete
    try await expect(store.endUpload(other), equals: upload)
    try await expect(store.upload(upload.id), equals: upload)
    let error = await #expect(throws: StoreError.self) {
      try await store.addBlock(block(0, offset: 0), to: upload.id, at: 2)
    }
    expect(error?.code, equals: .conflict)
  }

  @Test(arguments: StoreKind.allCases)
  func `an upload that never began can be refused`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    var upload = Sample.upload(1)
    upload.state = .refused
    upload.reason = "needs 800 MB, 300 MB are free"

    try await expect(store.endUpload(upload), equals: upload)
    let listed = try await store.uploads(
      UploadFilter(states: [.refused]),
      before: nil,
      limit: 10
    )
    expect(listed.map(\.upload), equals: [upload])
  }

  @Test(arguments: StoreKind.allCases)
  func `uploads are listed newest first, by page, with target and analysis`(
    kind: StoreKind
  ) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    _ = try await store.saveInventory(
      [Sample.target(1), Sample.target(2, service: "catalog")],
      at: 1,
      stamp: SequenceStamp(agentID: Sample.agent, sequence: 1)
    )
    let uploads = [
      Sample.upload(1, target: 1, series: "a", at: 100),
      Sample.upload(2, target: 2, series: "a", at: 101),
      Sample.upload(3, target: 1, series: "b", at: 101),
      Sample.upload(4, target: 9, series: "b", at: 102),
    ]
    for upload in uploads { _ = try await store.beginUpload(upload) }
    let analysis = AnalysisRecord(
      snapshotID: uploads[2].id,
      state: .done,
      version: 1,
      totalSelfSize: 77,
      pages: [SHA256.digest(of: [1])]
    )
    try await store.saveAnalysis(analysis)

    let all = UploadFilter()
    let first = try await store.uploads(all, before: nil, limit: 2)
    expect(first.map(\.upload), equals: [uploads[3], uploads[2]])
    #expect(first[0].target == nil)
    expect(first[1].target?.description, equals: Sample.target(1))
    expect(first[1].analysis?.totalSelfSize, equals: 77)

    let cursor = UploadCursor(receivedAt: first[1].upload.receivedAt, id: first[1].upload.id)
    let rest = try await store.uploads(all, before: cursor, limit: 10)
    expect(rest.map(\.upload), equals: [uploads[1], uploads[0]])

    var filter = UploadFilter(series: "a")
    filter.targets = TargetFilter(selector: try Selector("service=checkout"))
    try await expect(
      store.uploads(filter, before: nil, limit: 9).map(\.upload),
      equals: [uploads[0]]
    )
    filter = UploadFilter(targets: TargetFilter(id: Sample.target(2).id), since: 101)
    try await expect(
      store.uploads(filter, before: nil, limit: 9).map(\.upload),
      equals: [uploads[1]]
    )
  }

  @Test(arguments: StoreKind.allCases)
  func `an upload that nobody goes on with is found, and its blobs are free`(
    kind: StoreKind
  ) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let old = try await store.beginUpload(Sample.upload(1, at: 10))
    let live = try await store.beginUpload(Sample.upload(2, at: 10))
    let block = block(0, offset: 0)
    _ = try await store.addBlock(block, to: live.id, at: 90)
    try await expect(store.staleUploads(before: 50).map(\.id), equals: [old.id])

    #expect(try await store.isReferenced(block.blob))
    try await store.removeBlocks(of: live.id)
    try await expect(store.isReferenced(block.blob), equals: false)
    try await expect(store.blocks(of: live.id, from: 0, limit: 10), equals: [])
  }

  @Test(arguments: StoreKind.allCases)
  func `an answer's pages are needed, and replaced together`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let pages = (0..<3).map { SHA256.digest(of: [UInt8($0)]) }
    var analysis = AnalysisRecord(
      snapshotID: Sample.id(1),
      state: .done,
      version: 1,
      totalSelfSize: 5,
      blocksBeforeLast: 2,
      readyAfterMicroseconds: 900,
      pages: pages
    )
    try await store.saveAnalysis(analysis)
    try await expect(store.analysis(of: Sample.id(1)), equals: analysis)
    #expect(try await store.isReferenced(pages[2]))

    analysis.pages = [pages[0]]
    analysis.version = 2
    try await store.saveAnalysis(analysis)
    try await expect(store.analysis(of: Sample.id(1)), equals: analysis)
    try await expect(store.isReferenced(pages[2]), equals: false)
    #expect(try await store.analysis(of: Sample.id(2)) == nil)
  }
}

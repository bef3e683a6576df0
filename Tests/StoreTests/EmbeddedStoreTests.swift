import Cryptography
import FoundationEssentials
import Glibc
import HeapModel
import Store
import TestSupport
import Testing

@Suite struct EmbeddedStoreTests {
  private let folder = TemporaryFolder()

  @Test func `a second collector is refused at once, and may start when the first is gone`() throws
  {
    var first: EmbeddedStore? = try EmbeddedStore(folder: folder.path)
    let clock = ContinuousClock()
    let begin = clock.now
    let error = #expect(throws: StoreError.self) { try EmbeddedStore(folder: folder.path) }
    expect(error?.code, equals: .inUse)
    expect(error?.message.contains("\(getpid())"), equals: true)
    #expect(begin.duration(to: clock.now) < .seconds(1))

    withExtendedLifetime(first) {}
    first = nil
    #expect(throws: Never.self) { try EmbeddedStore(folder: folder.path) }
  }

  @Test func `what was acknowledged is there after a new start`() async throws {
    let agent = SequenceStamp(agentID: Sample.agent, sequence: 4)
    let upload = Sample.upload(1)
    var digest = SHA256.digest(of: [])
    do {
      let store = try EmbeddedStore(folder: folder.path)
      _ = try await store.metadata.saveInventory([Sample.target(1)], at: 3, stamp: agent)
      _ = try await store.metadata.beginUpload(upload)
      digest = try await store.blobs.put([1, 2])
      _ = try await store.jobs.enqueue(NewJob(key: "k", kind: "a"), now: 0)
    }

    let store = try EmbeddedStore(folder: folder.path)
    expect(store.notes, equals: [])
    try await expect(store.metadata.lastSequence(of: Sample.agent), equals: 4)
    try await expect(store.metadata.upload(upload.id), equals: upload)
    try await expect(store.blobs.get(digest), equals: [1, 2])
    try await expect(store.jobs.state(of: "k"), equals: .waiting(notBefore: 0))
  }

  @Test func `a newer store is refused with a sentence and left as it is`() throws {
    do { _ = try EmbeddedStore(folder: folder.path) }
    try expect(sqlite("PRAGMA user_version = 99"), equals: 0)

    let error = #expect(throws: StoreError.self) { try EmbeddedStore(folder: folder.path) }
    expect(error?.code, equals: .newer)
    expect(error?.message.contains("newer retinue"), equals: true)
    expect(error?.message.contains("99"), equals: true)
  }

  @Test func `a store of the first version is brought on`() async throws {
    let row = ClassHistogramRow(key: "A", name: "A", count: 1, selfSize: 1, retainedSize: 1)
    let few = ClassHistogramRecord(rows: [row])
    let many = ClassHistogramRecord(rows: Array(repeating: row, count: 2_000))
    var upload = Sample.upload(1)
    do {
      let store = try EmbeddedStore(folder: folder.path)
      let stamp = SequenceStamp(agentID: Sample.agent, sequence: 1)
      _ = try await store.metadata.saveInventory([Sample.target(1)], at: 3, stamp: stamp)
      _ = try await store.metadata.beginUpload(upload)
      try await store.series.saveHistogram(few, of: Sample.id(1))
      try await store.series.saveHistogram(many, of: Sample.id(2))
    }
    for column in [
      "omitted_classes", "largest_omitted_count", "largest_omitted_size", "least_shape_count",
    ] {
      try expect(sqlite("ALTER TABLE class_histogram DROP COLUMN \(column)"), equals: 0)
    }
    for column in ["script", "line", "column_number", "companions"] {
      try expect(sqlite("ALTER TABLE finding DROP COLUMN \(column)"), equals: 0)
    }
    // Texts of digits, which need no quotes; the path has no step.
    let values = "71, 72, 73, 74, 75, 76, CAST(char(0) AS BLOB), 77, 0, 1, 2"
    try expect(sqlite("INSERT INTO finding VALUES (\(values))"), equals: 0)
    try expect(sqlite("ALTER TABLE examination DROP COLUMN id_note"), equals: 0)
    try expect(sqlite("ALTER TABLE upload DROP COLUMN in_company"), equals: 0)
    try expect(sqlite("PRAGMA user_version = 1"), equals: 0)

    let store = try EmbeddedStore(folder: folder.path)
    expect(store.notes, equals: [])
    upload.inCompany = false
    try await expect(store.metadata.upload(upload.id), equals: upload)
    try await expect(store.series.histogram(of: Sample.id(1)), equals: few)
    // Of as many as were kept nobody knows whether there were more.
    let found = try #require(try await store.series.histogram(of: Sample.id(2)))
    expect(found.rows, equals: many.rows)
    expect(found.omission?.largestCount, equals: .max)
    let findings = try await store.metadata.findings(["71"])
    expect(findings.map(\.className), equals: ["74"])
    expect(findings.map(\.position), equals: [nil])
    expect(findings.map(\.companions), equals: [[]])
  }

  @Test func `a database that is none is set aside, and the collector starts`() async throws {
    let file = folder.path + "/retinue.sqlite"
    let junk = Data(repeating: 7, count: 20_000)
    #expect(FileManager.default.createFile(atPath: file, contents: junk))

    let store = try EmbeddedStore(folder: folder.path)
    expect(store.notes.count, equals: 1)
    try await expect(store.metadata.counts().agents, equals: 0)
    let aside = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/quarantine")
    #expect(aside.contains { $0.hasPrefix("retinue.sqlite") })
  }

  @Test func `the token is made once and is readable by its owner only`() throws {
    var token = ""
    do { token = try EmbeddedStore(folder: folder.path).folder.token() }
    expect(token.utf8.count, equals: 64)
    var information = stat()
    expect(stat(folder.path + "/token", &information), equals: 0)
    expect(information.st_mode & 0o777, equals: 0o600)
    expect(stat(folder.path, &information), equals: 0)
    try expect(EmbeddedStore(folder: folder.path).folder.token(), equals: token)

    expect(chmod(folder.path + "/token", 0o644), equals: 0)
    let other = try EmbeddedStore(folder: folder.path).folder.token()
    #expect(other != token)
  }

  @Test func `a thousand writers share their transactions`() async throws {
    let store = try EmbeddedStore(folder: folder.path)
    let before = store.transactionCount
    try await withThrowingTaskGroup { group in
      for number in 0..<1_000 {
        group.addTask {
          let stamp = SequenceStamp(agentID: Sample.id(number), sequence: 1)
          let reading = HeapUsage(time: 1, used: 2, total: 3)
          return try await store.series.append(
            [TargetReadings(targetID: TargetID(high: 1, low: UInt64(number)), usage: [reading])],
            stamp: stamp
          )
        }
      }
      for try await isNew in group { #expect(isNew) }
    }
    // Each transaction is a synchronisation, of which a disk makes some hundred a second.
    #expect(store.transactionCount - before < 100)
    try await expect(store.series.lastSequence(of: Sample.id(999)), equals: 1)
  }

  @Test func `one failing change of a group undoes itself only`() async throws {
    let store = try EmbeddedStore(folder: folder.path)
    let upload = try await store.metadata.beginUpload(Sample.upload(1))
    let results = await withTaskGroup { group in
      for number in 0..<20 {
        group.addTask { () -> Bool in
          let block = BlockRecord(
            index: 0,
            offset: 0,
            rawSize: 1,
            storedSize: 1,
            kind: 1,
            blob: SHA256.digest(of: [UInt8(number)])
          )
          return (try? await store.metadata.addBlock(block, to: upload.id, at: 1)) != nil
        }
      }
      return await group.reduce(into: 0) { count, isTaken in count += isTaken ? 1 : 0 }
    }
    expect(results, equals: 1)
    try await expect(store.metadata.blocks(of: upload.id, from: 0, limit: 9).count, equals: 1)
  }

  /// Runs a statement by the `sqlite3` of this library's own shell, through Python.
  private func sqlite(_ statement: String) throws -> Int32 {
    let file = folder.path + "/retinue.sqlite"
    let program =
      "import sqlite3; c = sqlite3.connect('\(file)', isolation_level=None); c.execute('\(statement)')"
    return system("python3 -c \"\(program)\"")
  }
}

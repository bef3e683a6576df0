import Agent
import TestSupport
import Testing

@Suite struct SpoolContentsTests {
  @Test func `messages are numbered, sent again until acknowledged, and then gone`() throws {
    let spool = try SpoolContents(disk: MemoryDisk())

    try expect(spool.appendReadings(at: 10) { [UInt8($0)] }, equals: 1)
    try expect(spool.appendLasting(at: 11) { [UInt8($0)] }, equals: 2)
    try expect(spool.messages(after: 0, byteLimit: 1_000).map(\.sequence), equals: [1, 2])
    try expect(spool.messages(after: 0, byteLimit: 1_000).map(\.bytes), equals: [[1], [2]])
    try spool.acknowledge(through: 2)
    #expect(try spool.messages(after: 0, byteLimit: 1_000).isEmpty)
    try expect(spool.appendLasting(at: 12) { [UInt8($0)] }, equals: 3)
  }

  @Test func `a batch ends at its limit and the next one goes on there`() throws {
    let spool = try SpoolContents(disk: MemoryDisk())
    for _ in 0..<10 {
      try spool.appendReadings(at: 10) { _ in Array(repeating: 7, count: 100) }
    }

    try expect(spool.messages(after: 0, byteLimit: 250).map(\.sequence), equals: [1, 2, 3])
    try expect(spool.messages(after: 3, byteLimit: 250).map(\.sequence), equals: [4, 5, 6])
    try expect(spool.messages(after: 0, byteLimit: 1).map(\.sequence), equals: [1])
    try expect(spool.messages(after: 9, byteLimit: 250).map(\.sequence), equals: [10])
  }

  @Test func `numbers go on where the last agent stopped, even if all was acknowledged`() throws {
    let disk = MemoryDisk()
    let first = try SpoolContents(disk: disk)
    for _ in 0..<5 { try first.appendReadings(at: 1) { _ in [] } }
    _ = try first.messages(after: 0, byteLimit: 1_000)
    try first.acknowledge(through: 5)

    let second = try SpoolContents(disk: disk.afterEnd(losingPower: true))
    try expect(second.appendReadings(at: 2) { _ in [] }, equals: 6)
  }

  @Test func `numbers go on behind what the collector knows`() throws {
    let spool = try SpoolContents(disk: MemoryDisk())

    try spool.acknowledge(through: 41)
    try expect(spool.appendReadings(at: 2) { _ in [] }, equals: 42)
  }

  @Test(arguments: [UInt64.max, 1 << 62])
  func `a number that no agent has sent is refused`(sequence: UInt64) throws {
    let spool = try SpoolContents(disk: MemoryDisk())

    #expect(throws: SpoolError.self) { try spool.acknowledge(through: sequence) }
    try expect(spool.appendReadings(at: 2) { _ in [] }, equals: 1)
  }

  @Test func `an upload is read back block by block, also while it is written`() throws {
    let spool = try SpoolContents(disk: MemoryDisk())
    try spool.beginUpload("a", .snapshot, begin: [1, 2], at: 5)

    try spool.append(block(0), to: "a")
    try expect(spool.beginSending("a"), equals: [1, 2])
    try expect(spool.block(0, of: "a"), equals: block(0))
    #expect(try spool.block(1, of: "a") == nil)
    try spool.append(block(1), to: "a")
    try expect(spool.block(1, of: "a"), equals: block(1))
    #expect(try spool.end(of: "a") == nil)
    try spool.endUpload("a", end: [3])
    try expect(spool.end(of: "a"), equals: [3])
    try expect(spool.block(0, of: "a"), equals: block(0))
    try expect(spool.digests(of: "a", count: 2), equals: [block(0).digest, block(1).digest])
    try spool.removeUpload("a")
    #expect(spool.uploadStatus().isEmpty)
  }

  @Test func `an upload without an end is never whole again`() throws {
    let disk = MemoryDisk()
    let first = try SpoolContents(disk: disk)
    try first.beginUpload("a", .snapshot, begin: [1], at: 5)
    try first.append(block(0), to: "a")

    let second = try SpoolContents(disk: disk.afterEnd(losingPower: false))
    let status = try #require(second.uploadStatus().first)
    expect(status.cut?.code, equals: "agentRestarted")
    expect(status.isWhole, equals: false)
    try expect(second.beginSending("a"), equals: [1])
    try expect(second.digests(of: "a", count: 1), equals: [block(0).digest])
    #expect(throws: SpoolError.self) { try second.append(block(1), to: "a") }
  }

  @Test func `room is made by readings first, then profiles, then snapshots not begun`() throws {
    let spool = try SpoolContents(
      disk: MemoryDisk(),
      limits: SpoolLimits(byteLimit: 300_000)
    )
    try whole("p", .profile, size: 60_000, in: spool)
    try whole("s1", .snapshot, size: 60_000, in: spool)
    try whole("s2", .snapshot, size: 60_000, in: spool)
    _ = try spool.beginSending("s1")
    for _ in 0..<10 { try spool.appendReadings(at: 9) { _ in Array(repeating: 1, count: 1_000) } }
    #expect(spool.takeDrops().isEmpty)

    try spool.beginUpload("new", .snapshot, begin: [], at: 20)
    try spool.append(block(0, size: 110_000), to: "new")
    expect(spool.takeDrops().map(\.reason), equals: [.spoolFullReadings])
    try spool.append(block(1, size: 50_000), to: "new")
    expect(spool.takeDrops().map(\.reason), equals: [.spoolFullProfile])
    try spool.append(block(2, size: 60_000), to: "new")
    let drop = try #require(spool.takeDrops().first)
    expect(drop.reason, equals: .spoolFullSnapshot)
    expect(drop.count, equals: 1)
    #expect(drop.bytes > 60_000)
    #expect(throws: SpoolError.self) { try spool.append(block(3, size: 60_000), to: "new") }

    let cuts = Dictionary(
      uniqueKeysWithValues: spool.uploadStatus().map { ($0.id, $0.cut?.code ?? "") }
    )
    expect(cuts, equals: ["p": "spoolFull", "s1": "", "s2": "spoolFull", "new": ""])
    #expect(spool.byteCount <= 300_000)
  }

  @Test func `readings never push out a snapshot, and are counted when they do not fit`() throws {
    let spool = try SpoolContents(
      disk: MemoryDisk(),
      limits: SpoolLimits(byteLimit: 200_000)
    )
    try whole("s", .snapshot, size: 150_000, in: spool)

    #expect(try spool.appendReadings(at: 1) { _ in [1, 2, 3] } == nil)
    expect(spool.takeDrops().map(\.reason), equals: [.spoolFullReadings])
    expect(spool.uploadStatus().first?.isWhole, equals: true)
  }

  @Test func `a full disk is treated like a full spool`() throws {
    let disk = MemoryDisk()
    disk.capacity = 100_000
    let spool = try SpoolContents(disk: disk)
    for _ in 0..<60 { try spool.appendReadings(at: 9) { _ in Array(repeating: 1, count: 1_000) } }

    try spool.beginUpload("s", .snapshot, begin: [], at: 20)
    try spool.append(block(0, size: 80_000), to: "s")
    try spool.endUpload("s", end: [1])
    let drops = spool.takeDrops()
    expect(drops.map(\.reason), equals: [.spoolFullReadings])
    expect(drops.first?.count, equals: 60)
    try expect(spool.block(0, of: "s"), equals: block(0, size: 80_000))
  }

  @Test func `old readings and uploads go, lasting messages stay`() throws {
    let spool = try SpoolContents(
      disk: MemoryDisk(),
      limits: SpoolLimits(ageLimitNanoseconds: 100)
    )
    try spool.appendReadings(at: 10) { _ in [1] }
    try spool.appendLasting(at: 10) { _ in [2] }
    try whole("old", .profile, size: 10, at: 10, in: spool)
    try whole("new", .profile, size: 10, at: 150, in: spool)

    try spool.expire(now: 200)
    try expect(spool.messages(after: 0, byteLimit: 1_000).map(\.sequence), equals: [2])
    expect(spool.takeDrops().map(\.reason), equals: [.spoolAgeProfile, .spoolAgeReadings])
    expect(spool.uploadStatus().map { $0.cut?.code }, equals: ["spoolAge", nil])
  }

  @Test func `a changed byte costs one message, and its number tells`() throws {
    let disk = MemoryDisk()
    let spool = try SpoolContents(disk: disk)
    for index in 0..<3 { try spool.appendReadings(at: 1) { _ in [UInt8(index)] } }

    disk.change("control-0000000000000001", at: 24 + 17 + 24 + 16)
    try expect(spool.messages(after: 0, byteLimit: 1_000).map(\.sequence), equals: [1, 3])
  }

  @Test func `a changed block is never handed out`() throws {
    let disk = MemoryDisk()
    let spool = try SpoolContents(disk: disk)
    try whole("a", .snapshot, size: 100, in: spool)

    disk.change("upload-a", at: 150)
    #expect(throws: SpoolError.self) { try spool.block(0, of: "a") }
    try spool.markDamaged("a")
    expect(spool.uploadStatus().first?.cut?.code, equals: "spoolDamaged")
    expect(spool.takeDrops().map(\.reason), equals: [.spoolDamaged])
  }

  @Test func `the agent keeps its id and its open commands`() throws {
    let disk = MemoryDisk()
    let first = try SpoolContents(disk: disk)
    let id = String(repeating: "a", count: 32)
    try expect(first.agentID { id }, equals: id)
    try first.openCommand("c1", note: [1])
    try first.openCommand("c2", note: [2])
    try first.closeCommand("c1")

    let second = try SpoolContents(disk: disk.afterEnd(losingPower: true))
    try expect(second.agentID { "another" }, equals: id)
    expect(second.openCommands["c2"], equals: [2])
  }

  @Test func `an id that is no file name begins nothing`() throws {
    let spool = try SpoolContents(disk: MemoryDisk())

    #expect(throws: SpoolError.self) {
      try spool.beginUpload("../../etc/passwd", .snapshot, begin: [], at: 1)
    }
    #expect(throws: SpoolError.self) { try spool.openCommand("", note: []) }
  }

  // MARK: Random acts against a simple account

  @Test func `nothing taken is lost, wherever the process ends`() {
    for seed in 0..<70 as Range<UInt64> {
      var model = SpoolModel(seed: seed)
      for round in 0..<4 {
        model.plan(.ends, after: 1 + Int(seed % 97) + round * 11)
        model.run(steps: 80)
        model.restart(losingPower: false)
      }
      #expect(model.complaints.isEmpty, "seed \(seed): \(model.complaints.prefix(3))")
    }
  }

  @Test func `nothing sent and no whole upload is lost, wherever the power goes`() {
    for seed in 1_000..<1_070 as Range<UInt64> {
      var model = SpoolModel(seed: seed)
      for round in 0..<4 {
        model.plan(.ends, after: 1 + Int(seed % 89) + round * 7)
        model.run(steps: 80)
        model.restart(losingPower: true)
      }
      #expect(model.complaints.isEmpty, "seed \(seed): \(model.complaints.prefix(3))")
    }
  }

  @Test func `a disk that fails now and then costs no more than what it refused`() {
    for seed in 2_000..<2_070 as Range<UInt64> {
      var model = SpoolModel(seed: seed)
      for round in 0..<4 {
        for fault in 0..<5 {
          model.plan(fault % 2 == 0 ? .fails : .full, after: 3 + fault * 17 + Int(seed % 13))
        }
        model.run(steps: 80)
        model.restart(losingPower: round % 2 == 1)
      }
      #expect(model.complaints.isEmpty, "seed \(seed): \(model.complaints.prefix(3))")
    }
  }

  @Test func `every single act may be the last`() {
    var acts = 1
    while true {
      var model = SpoolModel(seed: 77)
      model.plan(.ends, after: acts)
      model.run(steps: 120)
      guard model.disk.hasEnded else { break }
      model.restart(losingPower: acts % 2 == 0)
      #expect(model.complaints.isEmpty, "act \(acts): \(model.complaints.prefix(3))")
      acts += 1
    }
    #expect(acts > 100)
  }

  // MARK: Helpers

  private func block(_ index: UInt32, size: Int = 10) -> SpooledBlock {
    SpooledBlock(
      index: index,
      offset: UInt64(index) * 1_000,
      rawSize: 1_000,
      kind: 1,
      digest: Array(repeating: UInt8(index), count: 32),
      payload: Array(repeating: UInt8(index), count: size)
    )
  }

  private func whole(
    _ id: String,
    _ kind: SpoolContents.UploadKind,
    size: Int,
    at time: UInt64 = 5,
    in spool: SpoolContents
  ) throws {
    try spool.beginUpload(id, kind, begin: [1], at: time)
    try spool.append(block(0, size: size), to: id)
    try spool.endUpload(id, end: [2])
  }
}

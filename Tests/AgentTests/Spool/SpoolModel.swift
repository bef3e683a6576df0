import Agent
import TestSupport

/// Drives a spool at random beside a simple account of what it must hold, over restarts.
struct SpoolModel {
  private(set) var disk: MemoryDisk
  private(set) var spool: SpoolContents?
  private var random: SeededGenerator
  private var clock: UInt64 = 1_000

  /// Messages that were handed to the sender, and may be at the collector.
  private var sent: [UInt64: [UInt8]] = [:]
  /// Messages that were taken, lasting ones by number; in no file yet known to be synced.
  private var taken: [UInt64: (bytes: [UInt8], isLasting: Bool)] = [:]
  private var acknowledged: UInt64 = 0
  private var open: [String: [SpooledBlock]] = [:]
  private var whole: [String: [SpooledBlock]] = [:]
  /// Uploads whose end may have been written, though nobody was told so.
  private var ending: Set<String> = []
  private var uploadCount = 0
  private var commandCount = 0
  private var openCommands: Set<String> = []
  /// What the spool says it gave up.
  private var readingsGivenUp: UInt64 = 0
  private var snapshotsGivenUp: UInt64 = 0
  private(set) var complaints: [String] = []

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    disk = MemoryDisk(seed: seed)
    start()
  }

  /// Lets the disk have a mishap, some acts from now.
  mutating func plan(_ mishap: MemoryDisk.Mishap, after acts: Int) {
    disk.mishaps[disk.actCount + acts] = mishap
  }

  /// Some random acts; fewer if the process ends.
  mutating func run(steps: Int) {
    for _ in 0..<steps where !disk.hasEnded {
      clock += 1
      // An error is an answer too: what was not taken must not be there in part.
      try? step()
      for drop in spool?.takeDrops() ?? [] {
        switch drop.reason {
        case .spoolFullReadings: readingsGivenUp += drop.count
        case .spoolFullSnapshot: snapshotsGivenUp += drop.count
        // Never taken: the step that lost it knows.
        case .spoolFailed: break
        default: complaints.append("dropped for \(drop.reason)")
        }
      }
    }
  }

  /// Ends the process and starts the next one.
  mutating func restart(losingPower: Bool) {
    spool = nil
    disk = disk.afterEnd(losingPower: losingPower)
    start()
    check(afterLosingPower: losingPower)
  }

  private mutating func start() {
    do {
      spool = try SpoolContents(disk: disk, limits: SpoolLimits(byteLimit: 1 << 20))
    } catch {
      complaints.append("does not start: \(error)")
    }
  }

  // MARK: Acts

  private mutating func step() throws(SpoolError) {
    guard let spool else { return }
    switch Int.random(in: 0..<12, using: &random) {
    case 0...2: try appendMessage(spool, isLasting: false)
    case 3: try appendMessage(spool, isLasting: true)
    case 4: try send(spool)
    case 5: try acknowledge(spool)
    case 6: try beginUpload(spool)
    case 7, 8: try appendBlock(spool)
    case 9: try endUpload(spool)
    case 10: try changeUpload(spool)
    default: try changeCommand(spool)
    }
  }

  private mutating func appendMessage(
    _ spool: SpoolContents,
    isLasting: Bool
  ) throws(SpoolError) {
    let bytes = randomBytes(0...30)
    let sequence =
      isLasting
      ? try spool.appendLasting(at: clock) { _ in bytes }
      : try spool.appendReadings(at: clock) { _ in bytes }
    guard let sequence else { return }
    if sent[sequence] != nil || sequence <= acknowledged {
      complaints.append("number \(sequence) was used twice")
    }
    taken[sequence] = (bytes, isLasting)
  }

  private mutating func send(_ spool: SpoolContents) throws(SpoolError) {
    for message in try spool.messages(after: acknowledged, byteLimit: 1 << 20) {
      sent[message.sequence] = message.bytes
      if let known = taken[message.sequence], known.bytes != message.bytes {
        complaints.append("message \(message.sequence) has changed")
      }
    }
  }

  private mutating func acknowledge(_ spool: SpoolContents) throws(SpoolError) {
    guard let upTo = sent.keys.sorted().randomElement(using: &random), upTo > acknowledged else {
      return
    }
    acknowledged = upTo
    try spool.acknowledge(through: upTo)
  }

  private mutating func beginUpload(_ spool: SpoolContents) throws(SpoolError) {
    uploadCount += 1
    let id = "u\(uploadCount)"
    try spool.beginUpload(id, .snapshot, begin: [1, 2, 3], at: clock)
    open[id] = []
  }

  private mutating func appendBlock(_ spool: SpoolContents) throws(SpoolError) {
    guard let id = open.keys.sorted().randomElement(using: &random), let blocks = open[id] else {
      return
    }
    let block = SpooledBlock(
      index: UInt32(blocks.count),
      offset: UInt64(blocks.count) * 1_000,
      rawSize: 1_000,
      kind: 2,
      digest: randomBytes(32...32),
      payload: randomBytes(0...200)
    )
    try spool.append(block, to: id)
    open[id]?.append(block)
  }

  private mutating func endUpload(_ spool: SpoolContents) throws(SpoolError) {
    guard let id = open.keys.sorted().randomElement(using: &random) else { return }
    ending.insert(id)
    try spool.endUpload(id, end: [9, 9])
    whole[id] = open.removeValue(forKey: id)
  }

  /// Removes a whole one, as after its commit, or cuts an open one.
  private mutating func changeUpload(_ spool: SpoolContents) throws(SpoolError) {
    if Bool.random(using: &random), let id = whole.keys.sorted().randomElement(using: &random) {
      whole[id] = nil
      try spool.removeUpload(id)
    } else if let id = open.keys.sorted().randomElement(using: &random) {
      open[id] = nil
      try spool.cutUpload(id, CutReason(.targetGone))
    }
  }

  private mutating func changeCommand(_ spool: SpoolContents) throws(SpoolError) {
    if Bool.random(using: &random), let id = openCommands.sorted().randomElement(using: &random) {
      openCommands.remove(id)
      try spool.closeCommand(id)
    } else {
      commandCount += 1
      let id = "c\(commandCount)"
      try spool.openCommand(id, note: Array(id.utf8))
      openCommands.insert(id)
    }
  }

  private mutating func randomBytes(_ count: ClosedRange<Int>) -> [UInt8] {
    (0..<Int.random(in: count, using: &random)).map { _ in .random(in: 0...255, using: &random) }
  }

  // MARK: Checks

  private mutating func check(afterLosingPower: Bool) {
    guard let spool else { return }
    do {
      try checkMessages(spool, afterLosingPower)
      try checkUploads(spool)
      for id in openCommands where spool.openCommands[id] != Array(id.utf8) {
        complaints.append("command \(id) is forgotten")
      }
    } catch {
      complaints.append("does not read: \(error)")
    }
    // What the loss of power took with it was never promised.
    taken = taken.filter { sent[$0.key] != nil || !afterLosingPower }
    open = [:]
    whole = whole.filter { id, _ in spool.uploadStatus().contains { $0.id == id && $0.isWhole } }
    openCommands = Set(spool.openCommands.keys.filter { spool.openCommands[$0] == Array($0.utf8) })
    readingsGivenUp = 0
    snapshotsGivenUp = 0
  }

  private mutating func checkMessages(
    _ spool: SpoolContents,
    _ afterLosingPower: Bool
  ) throws(SpoolError) {
    let highestSent = sent.keys.max() ?? 0
    if spool.lastSequence < highestSent {
      complaints.append("numbers go on at \(spool.lastSequence), after \(highestSent) was sent")
    }
    var present: [UInt64: [UInt8]] = [:]
    for message in try spool.messages(after: acknowledged, byteLimit: .max) {
      present[message.sequence] = message.bytes
    }
    var missing: UInt64 = 0
    for (sequence, message) in taken where sequence > acknowledged {
      guard sent[sequence] != nil || !afterLosingPower else { continue }
      guard let found = present[sequence] else {
        if message.isLasting { complaints.append("message \(sequence) is lost") }
        missing += 1
        taken[sequence] = nil
        continue
      }
      if found != message.bytes { complaints.append("message \(sequence) has changed") }
    }
    if missing > readingsGivenUp {
      complaints.append("\(missing) messages are lost, \(readingsGivenUp) were given up")
    }
  }

  private mutating func checkUploads(_ spool: SpoolContents) throws(SpoolError) {
    let status = Dictionary(uniqueKeysWithValues: spool.uploadStatus().map { ($0.id, $0) })
    for (id, blocks) in whole {
      if status[id]?.cut?.code == "spoolFull", snapshotsGivenUp > 0 {
        snapshotsGivenUp -= 1
        continue
      }
      guard let found = status[id], found.isWhole, Int(found.blockCount) == blocks.count else {
        complaints.append("upload \(id) is lost")
        continue
      }
      for block in blocks where try spool.block(block.index, of: id) != block {
        complaints.append("block \(block.index) of upload \(id) has changed")
      }
      if try spool.end(of: id) != [9, 9] { complaints.append("upload \(id) has no end") }
    }
    for id in open.keys {
      guard let found = status[id] else { continue }
      if found.isWhole && ending.contains(id) && Int(found.blockCount) == open[id]?.count {
        continue
      }
      if found.isWhole || found.cut?.code != "agentRestarted" {
        complaints.append("upload \(id) had no end and is \(found)")
      }
    }
  }
}

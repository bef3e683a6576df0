package import HeapModel

/// Everything an agent keeps until the collector has it, with the rules of what goes first.
///
/// - never more than `limits.byteLimit` bytes, whatever the network does
/// - for room go, in this order: readings from the oldest on, profiles, snapshots whose sending has
///   not begun; never a snapshot in the middle of being written or sent
/// - whatever goes is counted with a reason (`DropLedger`), and a snapshot or profile leaves its
///   beginning and the reason, so that the collector hears of it under its own id
/// - a restart, however the last agent ended, finds every synced message and every whole upload;
///   an upload without an end becomes `agentRestarted`
///
/// It waits for the disk: its owner runs it on a thread of its own.
package final class SpoolContents {
  private let disk: any SpoolDisk
  private let limits: SpoolLimits
  private var log: ControlLog
  private var uploads: [String: UploadFile] = [:]
  /// Commands begun and not finished, with what their owner wants back after a restart.
  private var commands: [String: [UInt8]] = [:]
  private var drops = DropLedger()

  private static let commandPrefix = "command-"
  private static let agentIDName = "agent-id"

  /// - Throws: `SpoolError`.
  package init(disk: any SpoolDisk, limits: SpoolLimits = SpoolLimits()) throws(SpoolError) {
    self.disk = disk
    self.limits = limits
    let names = try disk.names()
    for name in names where name.hasPrefix(ControlLog.rewritePrefix) { try disk.remove(name) }
    log = try ControlLog(on: disk, names: names)
    for name in names where name.hasPrefix(UploadFile.prefix) {
      if let upload = try UploadFile(recovering: name, on: disk) { uploads[upload.id] = upload }
    }
    for name in names where name.hasPrefix(Self.commandPrefix) {
      let size = Int(min(try disk.size(of: name), 1 << 16))
      let bytes = try disk.read(name, at: 0, count: size)
      commands[String(name.dropFirst(Self.commandPrefix.utf8.count))] = bytes
    }
  }

  package var byteCount: UInt64 {
    log.byteCount + uploads.values.reduce(0) { $0 + $1.size }
  }

  // MARK: Identity

  /// The agent's own id: random, made once, kept as long as the spool is.
  ///
  /// - Parameter make: gives 32 hexadecimal digits.
  package func agentID(_ make: () -> String) throws(SpoolError) -> String {
    if let kept = try? disk.read(Self.agentIDName, at: 0, count: 33), kept.count == 32 {
      return String(decoding: kept, as: UTF8.self)
    }
    let id = make()
    let temporary = ControlLog.rewritePrefix + Self.agentIDName
    try disk.append(Array(id.utf8), to: temporary)
    try disk.sync(temporary)
    try disk.rename(temporary, to: Self.agentIDName)
    try disk.syncFolder()
    return id
  }

  // MARK: Messages

  /// Keeps a message for the control stream.
  ///
  /// - Returns: its number; nil if there was no room for it, which is counted.
  /// - Throws: `SpoolError` when a lasting message could not be kept.
  @discardableResult
  package func appendReadings(
    at time: UnixNanoseconds,
    _ encode: (UInt64) -> [UInt8]
  ) throws(SpoolError) -> UInt64? {
    var size = 0
    do {
      return try makingRoom(for: 64 << 10, ofClass: .readings) { () throws(SpoolError) in
        try log.append(.droppable, at: time) { sequence in
          let bytes = encode(sequence)
          size = bytes.count
          return bytes
        }
      }
    } catch  where error.code == .full {
      drops.count(.spoolFullReadings, bytes: UInt64(size))
    } catch {
      drops.count(.spoolFailed, bytes: UInt64(size))
    }
    return nil
  }

  /// Keeps a message that nothing else will repeat: the course of a command, a count of drops.
  @discardableResult
  package func appendLasting(
    at time: UnixNanoseconds,
    _ encode: (UInt64) -> [UInt8]
  ) throws(SpoolError) -> UInt64 {
    try makingRoom(for: 4 << 10, ofClass: .lasting) { () throws(SpoolError) in
      try log.append(.lasting, at: time, encode)
    }
  }

  /// Messages after `sequence`, in order; all of them last through a loss of power.
  package func messages(
    after sequence: UInt64,
    byteLimit: Int
  ) throws(SpoolError) -> [(sequence: UInt64, bytes: [UInt8])] {
    try log.sync()
    return try log.messages(after: sequence, byteLimit: byteLimit).map { ($0.sequence, $0.bytes) }
  }

  package var lastSequence: UInt64 { log.lastSequence }

  package var hasUnacknowledged: Bool { log.lastSequence > log.acknowledged }

  /// The collector has committed everything up to `sequence`, whatever we believe we sent.
  package func acknowledge(through sequence: UInt64) throws(SpoolError) {
    try log.skip(to: sequence)
    try log.acknowledge(through: sequence)
  }

  /// What was given up since the last call, to be told by an `appendLasting`.
  package func takeDrops() -> [DropLedger.Entry] { drops.take() }

  /// Counts what never came as far as the spool.
  package func countDrop(_ reason: DropLedger.Reason) { drops.count(reason, bytes: 0) }

  package func restoreDrops(_ entries: [DropLedger.Entry]) { drops.restore(entries) }

  // MARK: Uploads

  package enum UploadKind: Sendable, Hashable {
    case profile
    case snapshot
  }

  /// What the sender needs to know of an upload.
  package struct UploadStatus: Sendable, Hashable {
    package var id: String
    package var blockCount: UInt32
    package var isWhole: Bool
    package var cut: CutReason?
  }

  package func hasUpload(_ id: String) -> Bool { uploads[id] != nil }

  /// - Throws: `SpoolError`, `.full` when there is no room.
  package func beginUpload(
    _ id: String,
    _ kind: UploadKind,
    begin: [UInt8],
    at time: UnixNanoseconds
  ) throws(SpoolError) {
    guard uploads[id] == nil, Self.isFileName(id) else {
      throw SpoolError(.failed, "upload \(id) cannot begin: it is here already, or no id")
    }
    let size = UInt64(begin.count + 2 * SpoolRecord.headerSize)
    uploads[id] = try makingRoom(for: size, ofClass: .init(kind)) { () throws(SpoolError) in
      try UploadFile(
        id: id,
        kind: kind == .snapshot ? .snapshot : .profile,
        begin: begin,
        at: time,
        on: disk
      )
    }
  }

  /// - Throws: `SpoolError`; the upload is then of no use and should be cut.
  package func append(_ block: SpooledBlock, to id: String) throws(SpoolError) {
    guard var upload = uploads[id], upload.state == .open else {
      throw SpoolError(.missing, "there is no open upload \(id)")
    }
    defer { uploads[id] = upload }
    let size = UploadFile.recordSize(of: block)
    try makingRoom(for: size, ofClass: .init(upload.kind)) { () throws(SpoolError) in
      try upload.append(block)
    }
  }

  /// Makes an upload whole.
  ///
  /// From here on it is delivered, over any number of restarts.
  package func endUpload(_ id: String, end: [UInt8]) throws(SpoolError) {
    guard var upload = uploads[id], upload.state == .open else {
      throw SpoolError(.missing, "there is no open upload \(id)")
    }
    defer { uploads[id] = upload }
    let size = UInt64(end.count + SpoolRecord.headerSize)
    try makingRoom(for: size, ofClass: .init(upload.kind)) { () throws(SpoolError) in
      try upload.end(end)
    }
  }

  /// Gives up an upload that will not be whole.
  package func cutUpload(_ id: String, _ reason: CutReason) throws(SpoolError) {
    guard var upload = uploads[id] else { return }
    defer { uploads[id] = upload }
    if upload.isBeingSent {
      upload.cutKeepingBlocks(reason)
    } else {
      _ = try upload.cut(reason)
    }
  }

  /// The uploads there are, in the order in which they began.
  package func uploadStatus() -> [UploadStatus] {
    uploads.values
      .sorted { ($0.begunAt, $0.id) < ($1.begunAt, $1.id) }
      .map { upload in
        let cut: CutReason? = if case .cut(let reason) = upload.state { reason } else { nil }
        return UploadStatus(
          id: upload.id,
          blockCount: upload.blockCount,
          isWhole: upload.state == .whole,
          cut: cut
        )
      }
  }

  /// What an upload begins with; from here on it counts as being sent.
  package func beginSending(_ id: String) throws(SpoolError) -> [UInt8] {
    guard var upload = uploads[id] else { throw SpoolError(.missing, "there is no upload \(id)") }
    defer { uploads[id] = upload }
    let begin = try upload.begin()
    if upload.state == .open || upload.state == .whole { try upload.markSending() }
    return begin
  }

  package func block(_ index: UInt32, of id: String) throws(SpoolError) -> SpooledBlock? {
    guard var upload = uploads[id] else { return nil }
    defer { uploads[id] = upload }
    return try upload.block(index)
  }

  package func end(of id: String) throws(SpoolError) -> [UInt8]? {
    try uploads[id]?.end()
  }

  package func digests(of id: String, count: UInt32) throws(SpoolError) -> [[UInt8]] {
    try uploads[id]?.digests(count: count) ?? []
  }

  /// The collector has committed it, or will never take it.
  package func removeUpload(_ id: String) throws(SpoolError) {
    try uploads.removeValue(forKey: id)?.remove()
  }

  /// The collector will never take it: its blocks go, and are counted.
  ///
  /// What is left tells the collector that nothing more will come; where it does not take that
  /// either, all of it goes.
  package func giveUpUpload(_ id: String) throws(SpoolError) {
    guard var upload = uploads[id] else { return }
    if case .cut = upload.state {
      try removeUpload(id)
      return
    }
    let freed = try upload.cut(CutReason(code: "collectorRefused"))
    uploads[id] = upload
    drops.count(.collectorRefused, bytes: freed)
  }

  // MARK: Commands

  /// Notes a command as begun, before anything is done for it.
  package func openCommand(_ id: String, note: [UInt8]) throws(SpoolError) {
    guard Self.isFileName(id) else { throw SpoolError(.failed, "not a command's id: \(id)") }
    let name = Self.commandPrefix + id
    if commands[id] != nil { try disk.remove(name) }
    try disk.append(note, to: name)
    try disk.sync(name)
    try disk.syncFolder()
    commands[id] = note
  }

  /// The command's last update is in the spool.
  package func closeCommand(_ id: String) throws(SpoolError) {
    guard commands.removeValue(forKey: id) != nil else { return }
    try disk.remove(Self.commandPrefix + id)
  }

  package var openCommands: [String: [UInt8]] { commands }

  // MARK: Room and age

  /// Who may push out whom.
  private enum RoomClass: Int {
    case readings = 0
    case profile = 1
    case snapshot = 2
    case lasting = 3

    init(_ kind: UploadKind) { self = kind == .snapshot ? .snapshot : .profile }
    init(_ kind: UploadFile.Kind) { self = kind == .snapshot ? .snapshot : .profile }
  }

  /// Writes, giving up as much as it takes by our limit or the disk's.
  private func makingRoom<Result>(
    for size: UInt64,
    ofClass class: RoomClass,
    _ write: () throws(SpoolError) -> Result
  ) throws(SpoolError) -> Result {
    while byteCount.saturatingAdded(to: size) > limits.byteLimit {
      guard try giveUpSomething(for: `class`) else {
        throw SpoolError(.full, "the spool is full (\(byteCount) bytes)")
      }
    }
    while true {
      do {
        return try write()
      } catch  where error.code == .full {
        guard try giveUpSomething(for: `class`) else { throw error }
      }
    }
  }

  /// - Returns: false if nothing may go for the sake of `class`.
  private func giveUpSomething(for class: RoomClass) throws(SpoolError) -> Bool {
    if let loss = try log.dropOldestDroppable() {
      drops.count(.spoolFullReadings, loss.messages, bytes: loss.bytes)
      return true
    }
    for kind in [UploadFile.Kind.profile, .snapshot]
    where RoomClass(kind).rawValue <= `class`.rawValue {
      guard var upload = oldestToGiveUp(kind) else { continue }
      let freed = try upload.cut(CutReason(.spoolFull))
      uploads[upload.id] = upload
      drops.count(kind == .profile ? .spoolFullProfile : .spoolFullSnapshot, bytes: freed)
      return true
    }
    return false
  }

  private func oldestToGiveUp(_ kind: UploadFile.Kind) -> UploadFile? {
    uploads.values
      .filter { $0.kind == kind && $0.state == .whole && !$0.isBeingSent }
      .min { ($0.begunAt, $0.id) < ($1.begunAt, $1.id) }
  }

  /// Gives up what is older than the age limit.
  package func expire(now: UnixNanoseconds) throws(SpoolError) {
    guard now > limits.ageLimitNanoseconds else { return }
    let oldest = now - limits.ageLimitNanoseconds
    let loss = try log.dropDroppable(olderThan: oldest)
    drops.count(.spoolAgeReadings, loss.messages, bytes: loss.bytes)
    for var upload in uploads.values where upload.state == .whole && upload.begunAt < oldest {
      let freed = try upload.cut(CutReason(code: "spoolAge"))
      uploads[upload.id] = upload
      drops.count(upload.kind == .profile ? .spoolAgeProfile : .spoolAgeSnapshot, bytes: freed)
    }
  }

  /// Notes that an upload cannot be sent since its bytes are not what was written.
  package func markDamaged(_ id: String) throws(SpoolError) {
    guard var upload = uploads[id] else { return }
    let freed = try upload.cut(CutReason(code: "spoolDamaged"))
    uploads[id] = upload
    drops.count(.spoolDamaged, bytes: freed)
  }

  private static func isFileName(_ id: String) -> Bool {
    (1...64).contains(id.utf8.count)
      && id.utf8.allSatisfy { byte in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || byte == UInt8(ascii: "-")
      }
  }
}

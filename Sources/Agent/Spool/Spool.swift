package import FleetProtocol
package import HeapModel

/// The spool as tasks use it: everything on a thread of its own, since it waits for the disk.
package actor Spool {
  private let thread = DiskThread()
  private let contents: SpoolContents

  /// Raised when there is something new to send on the control stream.
  package nonisolated let newMessages = Signal()
  /// Raised when an upload has begun, grown or ended.
  package nonisolated let changedUploads = Signal()
  /// The agent's own id: random, made once, kept as long as the spool is.
  package nonisolated let agentID: String

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// Opens or makes the spool in a folder, and locks it.
  ///
  /// - Throws: `SpoolError`, `.locked` where another agent has it.
  package init(
    folder: String,
    limits: SpoolLimits,
    makeID: () -> String
  ) throws(SpoolError) {
    try self.init(disk: FolderDisk(folder: folder), limits: limits, makeID: makeID)
  }

  package init(
    disk: sending any SpoolDisk,
    limits: SpoolLimits,
    makeID: () -> String
  ) throws(SpoolError) {
    contents = try SpoolContents(disk: disk, limits: limits)
    agentID = try contents.agentID(makeID)
  }

  // MARK: Messages

  /// Keeps readings or an inventory; what there is no room for is counted.
  package func append(_ body: AgentMessage.Body, at time: UnixNanoseconds) {
    let sequence = try? contents.appendReadings(at: time) { sequence in
      AgentMessage(sequence: sequence, body: body).encoded()
    }
    if sequence != nil { newMessages.raise() }
  }

  /// Keeps what nothing else will repeat.
  ///
  /// - Throws: `SpoolError` where even the disk's last bytes do not take it.
  package func appendLasting(
    _ body: AgentMessage.Body,
    at time: UnixNanoseconds
  ) throws(SpoolError) {
    try contents.appendLasting(at: time) { sequence in
      AgentMessage(sequence: sequence, body: body).encoded()
    }
    newMessages.raise()
  }

  package struct Message: Sendable {
    package var sequence: UInt64
    package var bytes: [UInt8]
  }

  /// Messages after `sequence`, in order, all of which last through a loss of power.
  package func messages(
    after sequence: UInt64,
    byteLimit: Int = 1 << 20
  ) throws(SpoolError) -> [Message] {
    try contents.messages(after: sequence, byteLimit: byteLimit)
      .map { Message(sequence: $0.sequence, bytes: $0.bytes) }
  }

  package func acknowledge(through sequence: UInt64) throws(SpoolError) {
    try contents.acknowledge(through: sequence)
  }

  package func hasUnacknowledged() -> Bool { contents.hasUnacknowledged }

  /// Gives up what is too old, and tells what was given up since the last call.
  package func tidy(now: UnixNanoseconds) throws(SpoolError) {
    try contents.expire(now: now)
    let drops = contents.takeDrops()
    guard !drops.isEmpty else { return }
    let told = drops.map { Drop(reason: $0.reason.rawValue, count: $0.count, bytes: $0.bytes) }
    do {
      try appendLasting(.drops(Drops(drops: told)), at: now)
    } catch {
      contents.restoreDrops(drops)
      throw error
    }
    changedUploads.raise()
  }

  /// Counts what never came as far as the spool; told with the next `tidy`.
  package func countDrop(_ reason: DropLedger.Reason) { contents.countDrop(reason) }

  // MARK: Uploads

  package func hasUpload(_ id: String) -> Bool { contents.hasUpload(id) }

  package func begin(_ upload: BeginUpload, at time: UnixNanoseconds) throws(SpoolError) {
    try contents.beginUpload(
      upload.uploadID,
      upload.kind == .snapshot ? .snapshot : .profile,
      begin: upload.encoded(),
      at: time
    )
    changedUploads.raise()
  }

  package func append(_ block: SpooledBlock, to id: String) throws(SpoolError) {
    try contents.append(block, to: id)
    changedUploads.raise()
  }

  /// Makes an upload whole; it is then delivered over any number of restarts.
  package func end(_ upload: CommitUpload) throws(SpoolError) {
    try contents.endUpload(upload.uploadID, end: upload.encoded())
    changedUploads.raise()
  }

  package func cut(_ id: String, _ reason: CutReason) throws(SpoolError) {
    try contents.cutUpload(id, reason)
    changedUploads.raise()
  }

  package func uploads() -> [SpoolContents.UploadStatus] { contents.uploadStatus() }

  package func status(of id: String) -> SpoolContents.UploadStatus? {
    contents.uploadStatus().first { $0.id == id }
  }

  package func beginSending(_ id: String) throws(SpoolError) -> [UInt8] {
    try contents.beginSending(id)
  }

  package func block(_ index: UInt32, of id: String) throws(SpoolError) -> SpooledBlock? {
    try contents.block(index, of: id)
  }

  package func end(of id: String) throws(SpoolError) -> [UInt8]? { try contents.end(of: id) }

  package func digests(of id: String, count: UInt32) throws(SpoolError) -> [[UInt8]] {
    try contents.digests(of: id, count: count)
  }

  package func remove(_ id: String) throws(SpoolError) { try contents.removeUpload(id) }

  package func markDamaged(_ id: String) throws(SpoolError) {
    try contents.markDamaged(id)
    changedUploads.raise()
  }

  /// The collector will never take it.
  package func giveUp(_ id: String) throws(SpoolError) {
    try contents.giveUpUpload(id)
    changedUploads.raise()
  }

  // MARK: Commands

  package func openCommand(_ id: String, note: [UInt8]) throws(SpoolError) {
    try contents.openCommand(id, note: note)
  }

  package func closeCommand(_ id: String) throws(SpoolError) {
    try contents.closeCommand(id)
  }

  package func openCommands() -> [String: [UInt8]] { contents.openCommands }
}

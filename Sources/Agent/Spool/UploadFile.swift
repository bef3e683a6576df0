internal import HeapModel

/// A block of an upload as it rests in the spool, ready to be sent.
package struct SpooledBlock: Sendable, Hashable {
  /// From 0, without gaps.
  package var index: UInt32
  /// Sum of the raw sizes before it.
  package var offset: UInt64
  /// Bytes after inflating.
  package var rawSize: UInt32
  /// Block kind of the format.
  package var kind: UInt32
  /// SHA-256 of `payload`: 32 bytes.
  package var digest: [UInt8]
  /// One zstd frame.
  package var payload: [UInt8]

  package init(
    index: UInt32,
    offset: UInt64,
    rawSize: UInt32,
    kind: UInt32,
    digest: [UInt8],
    payload: [UInt8]
  ) {
    self.index = index
    self.offset = offset
    self.rawSize = rawSize
    self.kind = kind
    self.digest = digest
    self.payload = payload
  }

  static let prefixSize = 52

  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.prefixSize + payload.count)
    bytes.appendLittleEndian(index)
    bytes.appendLittleEndian(rawSize)
    bytes.appendLittleEndian(offset)
    bytes.appendLittleEndian(kind)
    bytes += digest
    bytes += payload
    return bytes
  }

  init?(_ bytes: [UInt8]) {
    guard bytes.count >= Self.prefixSize else { return nil }
    self.init(
      index: bytes.littleEndian(UInt32.self, at: 0),
      offset: bytes.littleEndian(UInt64.self, at: 8),
      rawSize: bytes.littleEndian(UInt32.self, at: 4),
      kind: bytes.littleEndian(UInt32.self, at: 16),
      digest: Array(bytes[20..<Self.prefixSize]),
      payload: Array(bytes[Self.prefixSize...])
    )
  }
}

/// Why a capture is in the spool without being whole.
package struct CutReason: Sendable, Hashable {
  /// A word that never changes: `agentRestarted`, `spoolFull`, `targetGone`.
  package var code: String

  package init(_ code: RefusalCode) {
    self.code = code.rawValue
  }

  init(code: String) {
    self.code = code
  }
}

/// One snapshot or profile on its way: what begins it, its blocks, and what ends it.
///
/// One file of records. It is whole once its last record, the end, was synced. One that will never
/// be whole gets a record with the reason instead, and no block of it is sent any more.
struct UploadFile {
  enum Kind: UInt32 {
    case profile = 1
    case snapshot = 2
  }

  enum State: Hashable {
    /// Blocks are still being written.
    case open
    /// Everything is here.
    case whole
    /// It will never be whole.
    case cut(CutReason)
  }

  static let prefix = "upload-"

  private enum RecordKind: UInt32 {
    case beginProfile = 1
    case beginSnapshot = 2
    case block = 3
    case end = 4
    case cut = 5
    case sending = 6
  }

  let id: String
  let kind: Kind
  let begunAt: UnixNanoseconds
  private(set) var state: State = .open
  private(set) var size: UInt64 = 0
  private(set) var blockCount: UInt32 = 0
  /// Whether the sender has begun with it: then it is not given up for room.
  private(set) var isBeingSent = false

  private let disk: any SpoolDisk
  /// Its end is torn, so that nothing may follow.
  private var isBroken = false
  private var sizeOfBegin: UInt64 = 0
  /// Where the block after the last one read begins, so that sending is one walk over the file.
  private var place: (index: UInt32, offset: UInt64)?

  private var name: String { Self.prefix + id }

  // MARK: Writing

  /// - Parameter begin: what the sender will open the upload with, opaque here.
  init(
    id: String,
    kind: Kind,
    begin: [UInt8],
    at time: UnixNanoseconds,
    on disk: any SpoolDisk
  ) throws(SpoolError) {
    self.id = id
    self.kind = kind
    self.disk = disk
    begunAt = time
    var payload: [UInt8] = []
    payload.appendLittleEndian(time)
    payload += begin
    do {
      try write(kind == .snapshot ? .beginSnapshot : .beginProfile, payload)
      try disk.syncFolder()
    } catch {
      try? disk.remove(name)
      throw error
    }
    sizeOfBegin = size
  }

  /// Size on disk of a block; what it takes to make room for it.
  static func recordSize(of block: SpooledBlock) -> UInt64 {
    UInt64(SpoolRecord.headerSize + SpooledBlock.prefixSize + block.payload.count)
  }

  mutating func append(_ block: SpooledBlock) throws(SpoolError) {
    precondition(state == .open, "a block for upload \(id), which is \(state)")
    try write(.block, block.encoded)
    blockCount += 1
  }

  /// Makes it whole, lasting through a loss of power.
  ///
  /// After a sync that failed nobody knows what is on the disk, so the upload is of no use then.
  mutating func end(_ end: [UInt8]) throws(SpoolError) {
    precondition(state == .open, "an end for upload \(id), which is \(state)")
    try write(.end, end)
    do {
      try disk.sync(name)
      state = .whole
    } catch {
      isBroken = true
      throw SpoolError(.failed, error.message)
    }
  }

  /// The sender begins with it.
  ///
  /// This lasts, so that no later agent gives up blocks which the collector has begun to take.
  mutating func markSending() throws(SpoolError) {
    guard !isBeingSent else { return }
    try write(.sending, [])
    isBeingSent = true
  }

  /// Gives it up: the blocks go, what began it stays, with the reason.
  ///
  /// - Returns: bytes that were freed.
  mutating func cut(_ reason: CutReason) throws(SpoolError) -> UInt64 {
    let sizeBefore = size
    try disk.truncate(name, to: sizeOfBegin)
    size = sizeOfBegin
    isBroken = false
    blockCount = 0
    place = nil
    isBeingSent = false
    mark(reason)
    return sizeBefore - min(size, sizeBefore)
  }

  /// The same, but its blocks stay: some may have been sent, and what ends them needs their
  /// digests.
  mutating func cutKeepingBlocks(_ reason: CutReason) {
    mark(reason)
  }

  /// Where the disk does not even take this, the file stays without an end, and the next agent
  /// gives it the reason `agentRestarted`.
  private mutating func mark(_ reason: CutReason) {
    state = .cut(reason)
    try? write(.cut, Array(reason.code.utf8))
  }

  func remove() throws(SpoolError) {
    try disk.remove(name)
  }

  private mutating func write(_ kind: RecordKind, _ payload: [UInt8]) throws(SpoolError) {
    guard !isBroken else { throw SpoolError(.failed, "\(name) could not be written before") }
    let record = SpoolRecord(kind: kind.rawValue, payload: payload).encoded
    do {
      try disk.append(record, to: name)
    } catch {
      do { try disk.truncate(name, to: size) } catch { isBroken = true }
      throw error
    }
    size += UInt64(record.count)
  }

  // MARK: Reading

  /// What the upload is opened with.
  func begin() throws(SpoolError) -> [UInt8] {
    var walk = try SpoolRecordWalk(name, on: disk)
    guard let (header, payloadAt) = try walk.next() else {
      throw SpoolError(.damaged, "\(name) has no beginning")
    }
    return Array(try walk.payload(of: header, at: payloadAt).dropFirst(8))
  }

  /// What ends it; nil unless it is whole.
  func end() throws(SpoolError) -> [UInt8]? {
    guard state == .whole else { return nil }
    var walk = try SpoolRecordWalk(name, on: disk)
    while let (header, payloadAt) = try walk.next() {
      if header.kind == RecordKind.end.rawValue {
        return try walk.payload(of: header, at: payloadAt)
      }
    }
    throw SpoolError(.damaged, "\(name) has no end")
  }

  /// - Returns: nil if there is no such block (yet).
  /// - Throws: `.damaged` when it is not the one that was written.
  mutating func block(_ index: UInt32) throws(SpoolError) -> SpooledBlock? {
    guard index < blockCount else { return nil }
    let start = place.flatMap { $0.index <= index ? $0 : nil }
    var walk = try SpoolRecordWalk(name, on: disk, from: start?.offset ?? 0)
    var current = start?.index ?? 0
    while let (header, payloadAt) = try walk.next() {
      guard header.kind == RecordKind.block.rawValue else { continue }
      guard current == index else {
        current += 1
        continue
      }
      guard
        let block = SpooledBlock(try walk.payload(of: header, at: payloadAt)),
        block.index == index
      else { break }
      place = (index + 1, walk.offset)
      return block
    }
    throw SpoolError(.damaged, "\(name) has lost block \(index)")
  }

  /// The digests of the first `count` blocks, in order.
  func digests(count: UInt32) throws(SpoolError) -> [[UInt8]] {
    var digests: [[UInt8]] = []
    var walk = try SpoolRecordWalk(name, on: disk)
    while digests.count < count, let (header, payloadAt) = try walk.next() {
      guard header.kind == RecordKind.block.rawValue else { continue }
      digests.append(
        try disk.read(name, at: payloadAt + 20, count: SpooledBlock.prefixSize - 20)
      )
    }
    guard digests.count == count else {
      throw SpoolError(.damaged, "\(name) has lost blocks that were sent")
    }
    return digests
  }

  // MARK: Opening

  /// Takes up what an earlier agent left.
  ///
  /// One without an end gets the reason `agentRestarted`; nil, and the file is gone, if not even
  /// its beginning is whole.
  init?(recovering name: String, on disk: any SpoolDisk) throws(SpoolError) {
    self.disk = disk
    id = String(name.dropFirst(Self.prefix.utf8.count))
    var walk = try SpoolRecordWalk(name, on: disk)
    guard
      let (header, payloadAt) = try walk.next(),
      let recordKind = RecordKind(rawValue: header.kind),
      recordKind == .beginProfile || recordKind == .beginSnapshot,
      header.payloadSize >= 8
    else {
      try disk.remove(name)
      return nil
    }
    kind = recordKind == .beginSnapshot ? .snapshot : .profile
    begunAt = try disk.read(name, at: payloadAt, count: 8).littleEndian(UInt64.self, at: 0)
    sizeOfBegin = walk.offset
    while let (header, payloadAt) = try walk.next() {
      switch RecordKind(rawValue: header.kind) {
      case .block: blockCount += 1
      case .end where walk.isIntact(header, at: payloadAt): state = .whole
      case .cut where walk.isIntact(header, at: payloadAt):
        let code = try walk.payload(of: header, at: payloadAt)
        state = .cut(CutReason(code: String(decoding: code, as: UTF8.self)))
      case .end, .cut: break
      case .sending: isBeingSent = true
      case .beginProfile, .beginSnapshot, nil: break
      }
    }
    size = walk.offset
    if walk.offset < walk.size { try disk.truncate(name, to: walk.offset) }
    if state == .open { cutKeepingBlocks(CutReason(.agentRestarted)) }
  }
}

internal import HeapModel

/// Keeps what goes up the control stream until the collector has committed it.
///
/// - messages are numbered from 1, without a gap, over restarts of the agent; a number is never
///   used twice once its message was synced, so one that was sent always finds its message again
/// - the oldest readings can be given up for room, and leave a gap: a loss that can be counted
/// - files of at most `segmentSize` bytes, named by the first number in them; acknowledged files go
///   away whole, and the last one stays, since its name keeps the count
struct ControlLog {
  /// What becomes of a message when room runs short.
  enum Class: UInt32 {
    /// Readings and inventories: later ones say more.
    case droppable = 1
    /// The course of commands, and what was dropped.
    case lasting = 2
  }

  struct Message: Hashable {
    var sequence: UInt64
    var bytes: [UInt8]
  }

  /// What was given up at one time.
  struct Loss: Hashable {
    var messages: UInt64 = 0
    var bytes: UInt64 = 0
  }

  static let prefix = "control-"
  /// A file being written anew; one that is found at the start was never finished.
  static let rewritePrefix = "rewrite-"
  static let segmentSize: UInt64 = 1 << 20
  /// Sequence and time before a message's own bytes.
  private static let messagePrefix = 16
  /// Numbers that a file may claim; so counting on from one never overflows.
  private static let numbers: Range<UInt64> = 1..<1 << 62

  private struct Segment {
    var name: String
    var first: UInt64
    /// Last number in it; one less than `first` while it is empty.
    var last: UInt64
    var size: UInt64
    var newest: UnixNanoseconds
    var hasDroppable: Bool
    /// Never written to again: its end is torn.
    var isSealed = false
  }

  private let disk: any SpoolDisk
  /// Oldest first; never empty.
  private var segments: [Segment]
  /// What `sync` still has to do: files, and the folder's list of them.
  private var unsynced: Set<String> = []
  private var isFolderUnsynced = false
  private(set) var acknowledged: UInt64 = 0
  /// Where the next call of `messages` goes on, so that sending is one walk over the files.
  private var place: (sequence: UInt64, segment: String, offset: UInt64)?

  var byteCount: UInt64 { segments.reduce(0) { $0 + $1.size } }
  var lastSequence: UInt64 { segments.last.map(\.last) ?? 0 }
  var hasDroppable: Bool { segments.contains(where: \.hasDroppable) }

  // MARK: Opening

  /// Takes up what an earlier agent left, and cuts off what was torn when it ended.
  init(on disk: any SpoolDisk, names: [String]) throws(SpoolError) {
    self.disk = disk
    segments = []
    for name in names where name.hasPrefix(Self.prefix) {
      let first = UInt64(name.dropFirst(Self.prefix.utf8.count), radix: 16)
      guard let first, Self.numbers.contains(first) else {
        try disk.remove(name)
        continue
      }
      segments.append(try Self.recover(name, first: first, on: disk))
    }
    segments.sort { $0.first < $1.first }
    // A gap in front of a file is a loss told by numbers; an overlap would be one number twice.
    for index in segments.indices.dropFirst() where segments[index].first <= lastBefore(index) {
      segments[index].isSealed = true
    }
    if segments.last?.isSealed ?? true { try addSegment(first: lastSequence + 1) }
    // What survived a kill may still be lost with the power: nothing is sent before it was synced.
    unsynced = Set(segments.map(\.name))
  }

  private func lastBefore(_ index: Int) -> UInt64 {
    segments[..<index].map(\.last).max() ?? 0
  }

  private static func recover(
    _ name: String,
    first: UInt64,
    on disk: any SpoolDisk
  ) throws(SpoolError) -> Segment {
    var segment = Segment(
      name: name,
      first: first,
      last: first - 1,
      size: 0,
      newest: 0,
      hasDroppable: false
    )
    var walk = try SpoolRecordWalk(name, on: disk)
    while let (header, payloadAt) = try walk.next() {
      let prefix = try disk.read(name, at: payloadAt, count: messagePrefix)
      guard prefix.count == messagePrefix else { break }
      let sequence = prefix.littleEndian(UInt64.self, at: 0)
      guard numbers.contains(sequence) else { continue }
      segment.last = max(segment.last, sequence)
      segment.newest = max(segment.newest, prefix.littleEndian(UInt64.self, at: 8))
      segment.hasDroppable = segment.hasDroppable || header.kind == Class.droppable.rawValue
    }
    segment.size = walk.offset
    if walk.offset < walk.size { try disk.truncate(name, to: walk.offset) }
    return segment
  }

  private static func name(first: UInt64) -> String {
    let digits = String(first, radix: 16)
    return prefix + String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  private mutating func addSegment(first: UInt64) throws(SpoolError) {
    let name = Self.name(first: first)
    try disk.append([], to: name)
    isFolderUnsynced = true
    segments.append(
      Segment(name: name, first: first, last: first - 1, size: 0, newest: 0, hasDroppable: false)
    )
  }

  // MARK: Writing

  /// Writes a message under the next number.
  ///
  /// - Returns: its number. It may be sent after the next `sync`.
  mutating func append(
    _ class: Class,
    at time: UnixNanoseconds,
    _ encode: (UInt64) -> [UInt8]
  ) throws(SpoolError) -> UInt64 {
    let sequence = lastSequence + 1
    var payload: [UInt8] = []
    payload.appendLittleEndian(sequence)
    payload.appendLittleEndian(time)
    payload += encode(sequence)
    guard payload.count <= SpoolRecord.payloadLimit else {
      throw SpoolError(.full, "a message of \(payload.count) bytes is larger than any we send")
    }
    let record = SpoolRecord(kind: `class`.rawValue, payload: payload).encoded
    try unsealIfEmpty()
    let current = segments[segments.count - 1]
    let isFull = current.size > 0 && current.size + UInt64(record.count) > Self.segmentSize
    if isFull || current.isSealed { try addSegment(first: sequence) }
    try write(record)
    let index = segments.count - 1
    segments[index].last = sequence
    segments[index].size += UInt64(record.count)
    segments[index].newest = max(segments[index].newest, time)
    segments[index].hasDroppable = segments[index].hasDroppable || `class` == .droppable
    unsynced.insert(segments[index].name)
    return sequence
  }

  /// A file without a message has the name that its successor would need, so it is used again.
  private mutating func unsealIfEmpty() throws(SpoolError) {
    let index = segments.count - 1
    guard segments[index].isSealed, segments[index].last < segments[index].first else { return }
    try disk.truncate(segments[index].name, to: 0)
    segments[index].size = 0
    segments[index].isSealed = false
  }

  /// A record that could not be written whole is taken back, or nothing more follows it.
  private mutating func write(_ record: [UInt8]) throws(SpoolError) {
    let index = segments.count - 1
    do {
      try disk.append(record, to: segments[index].name)
    } catch {
      do {
        try disk.truncate(segments[index].name, to: segments[index].size)
      } catch {
        segments[index].isSealed = true
      }
      throw error
    }
  }

  /// Makes everything written so far last through a loss of power.
  ///
  /// After a failed sync nobody knows what is on the disk, so the file is not written to again and
  /// its messages are not sent until a later sync has worked.
  mutating func sync() throws(SpoolError) {
    for name in unsynced.sorted() {
      do {
        try disk.sync(name)
      } catch {
        if let index = segments.firstIndex(where: { $0.name == name }) {
          segments[index].isSealed = true
        }
        throw error
      }
      unsynced.remove(name)
    }
    try syncFolder()
  }

  private mutating func syncFolder() throws(SpoolError) {
    guard isFolderUnsynced else { return }
    try disk.syncFolder()
    isFolderUnsynced = false
  }

  /// The collector knows our messages up to `sequence`, which may be more than we do if the folder
  /// was meddled with: the count goes on behind it.
  mutating func skip(to sequence: UInt64) throws(SpoolError) {
    guard sequence > lastSequence else { return }
    guard Self.numbers.contains(sequence &+ 1) else {
      throw SpoolError(.failed, "the collector has message \(sequence), which no agent has sent")
    }
    try addSegment(first: sequence + 1)
  }

  // MARK: Sending

  /// Synced messages after `sequence`, in order, until `byteLimit` is reached; at least one if
  /// there is any.
  ///
  /// A message that was changed on disk is left out, which its number tells the collector.
  mutating func messages(
    after sequence: UInt64,
    byteLimit: Int
  ) throws(SpoolError) -> [Message] {
    var messages: [Message] = []
    var size = 0
    for segment in segments where segment.last > sequence && !unsynced.contains(segment.name) {
      let resumes = place.map { $0.sequence == sequence && $0.segment == segment.name } ?? false
      let start = resumes && messages.isEmpty ? place?.offset ?? 0 : 0
      var walk = try SpoolRecordWalk(segment.name, on: disk, from: start)
      while let (header, payloadAt) = try walk.next() {
        guard let message = try message(header, at: payloadAt, in: walk) else { continue }
        guard message.sequence > messages.last?.sequence ?? sequence else { continue }
        messages.append(message)
        size += message.bytes.count
        guard size < byteLimit else {
          place = (message.sequence, segment.name, walk.offset)
          return messages
        }
      }
    }
    return messages
  }

  private func message(
    _ header: SpoolRecord.Header,
    at offset: UInt64,
    in walk: SpoolRecordWalk
  ) throws(SpoolError) -> Message? {
    do {
      let payload = try walk.payload(of: header, at: offset)
      guard payload.count >= Self.messagePrefix else { return nil }
      return Message(
        sequence: payload.littleEndian(UInt64.self, at: 0),
        bytes: Array(payload[Self.messagePrefix...])
      )
    } catch  where error.code == .damaged {
      return nil
    }
  }

  /// The collector has committed everything up to `sequence`.
  mutating func acknowledge(through sequence: UInt64) throws(SpoolError) {
    acknowledged = max(acknowledged, sequence)
    let last = segments[segments.count - 1]
    if last.size > 0 && last.last <= acknowledged { try addSegment(first: last.last + 1) }
    // The name that keeps the count must be there before the file that had it goes.
    if segments[0].last <= acknowledged && segments.count > 1 { try syncFolder() }
    while segments.count > 1, let segment = segments.first, segment.last <= acknowledged {
      try disk.remove(segment.name)
      unsynced.remove(segment.name)
      segments.removeFirst()
    }
  }

  // MARK: Giving up

  /// Gives up the readings of the oldest file that has any.
  ///
  /// On a disk without room the file's lasting messages may not be written anew; then it is the
  /// turn of the next file.
  mutating func dropOldestDroppable() throws(SpoolError) -> Loss? {
    for index in segments.indices where segments[index].hasDroppable {
      do {
        return try dropDroppable(at: index)
      } catch  where error.code == .full {
        continue
      }
    }
    return nil
  }

  /// Gives up readings of files whose newest message is older than `time`.
  mutating func dropDroppable(olderThan time: UnixNanoseconds) throws(SpoolError) -> Loss {
    var loss = Loss()
    while let index = segments.firstIndex(where: { $0.hasDroppable && $0.newest < time }) {
      let part = try dropDroppable(at: index)
      loss.messages += part.messages
      loss.bytes += part.bytes
    }
    return loss
  }

  /// Writes the file anew with its lasting messages only, and puts it in the old one's place.
  private mutating func dropDroppable(at index: Int) throws(SpoolError) -> Loss {
    if index == segments.count - 1 { try addSegment(first: lastSequence + 1) }
    let segment = segments[index]
    var kept: [UInt8] = []
    var loss = Loss()
    var walk = try SpoolRecordWalk(segment.name, on: disk)
    while let (header, payloadAt) = try walk.next() {
      if header.kind == Class.droppable.rawValue {
        let sequence = try disk.read(segment.name, at: payloadAt, count: 8)
        let isKnown =
          sequence.count == 8 && sequence.littleEndian(UInt64.self, at: 0) <= acknowledged
        if isKnown { continue }
        loss.messages += 1
        loss.bytes += header.recordSize
      } else {
        let start = payloadAt - UInt64(SpoolRecord.headerSize)
        kept += try disk.read(segment.name, at: start, count: Int(header.recordSize))
      }
    }
    try replace(segment, with: kept)
    segments[index].size = UInt64(kept.count)
    segments[index].hasDroppable = false
    place = nil
    return loss
  }

  private mutating func replace(_ segment: Segment, with bytes: [UInt8]) throws(SpoolError) {
    let temporary = Self.rewritePrefix + segment.name
    if !bytes.isEmpty {
      do {
        try disk.append(bytes, to: temporary)
      } catch {
        try? disk.remove(temporary)
        throw error
      }
      try disk.sync(temporary)
      try disk.rename(temporary, to: segment.name)
    } else {
      try disk.truncate(segment.name, to: 0)
    }
    isFolderUnsynced = true
    unsynced.remove(segment.name)
  }
}

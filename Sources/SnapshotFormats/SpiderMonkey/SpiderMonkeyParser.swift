internal import HeapModel

/// Reads the messages of a snapshot and emits its records.
///
/// Holds one field of a message, some 50,000 rows that wait for their section, and four bytes per
/// string that was ever defined. After an error it is of no more use.
struct SpiderMonkeyParser {
  private enum Part {
    case metadata
    case nodes
  }

  /// A node, as far as its message has come.
  private struct Node {
    var identifier: Int64?
    var typeName: Int64 = 0
    var size: Int64 = 0
    var edgeCount: Int64 = 0
    var allocationStack: Int64 = 0
    var className: Int64 = 0
    var coarseType: Int64 = 0
    var scriptName: Int64 = 0
    var descriptiveName: Int64 = 0
  }

  let limits: SnapshotReadingLimits
  private let receiver: any SnapshotRecordReceiver
  private var scanner: FieldScanner
  private var part = Part.metadata
  private var metadata: [UInt8] = []
  private var node = Node()
  private var rootIdentifier: Int64?
  private var isHeaderEmitted = false

  var strings: ReferencedStrings
  private var nodes = StagedRows(columnCount: SpiderMonkeyTables.nodes.fields.count, batchCount: 16)
  private var edges = StagedRows(columnCount: SpiderMonkeyTables.edges.fields.count, batchCount: 16)
  var frames = StagedRows(columnCount: SpiderMonkeyTables.frames.fields.count, batchCount: 1)
  private var nodeCount: UInt64 = 0
  private var edgeCount: UInt64 = 0

  init(limits: SnapshotReadingLimits, receiver: any SnapshotRecordReceiver) {
    self.limits = limits
    self.receiver = receiver
    scanner = FieldScanner(fieldByteLimit: limits.stringByteCount)
    strings = ReferencedStrings(limits: limits)
  }

  /// Reads whole fields, as many as there are.
  ///
  /// - Parameter offset: bytes of the snapshot before these
  /// - Returns: how many bytes were used, and how many are needed from there on for the next field;
  ///   0 if all were used
  mutating func consume(
    _ bytes: WireInput,
    at offset: UInt64
  ) throws(SnapshotError) -> (used: Int, needed: Int) {
    var input = bytes
    while input.isEmpty == false {
      let fieldOffset = offset &+ UInt64(input.place - bytes.place)
      let start = input.place
      switch try scanner.next(&input, at: fieldOffset) {
      case .needs(let count): return (start - bytes.place, count)
      case .message(let byteCount): try beginMessage(byteCount, fieldOffset)
      case _ where part == .metadata:
        metadata += UnsafeBufferPointer(start: start, count: input.place - start)
      case .value(let number, let value): try take(number, value: value, fieldOffset)
      case .bytes(let number, let field): try take(number, field, fieldOffset)
      case .other: break
      }
      if scanner.isMessageComplete { try endMessage(fieldOffset) }
    }
    return (bytes.count, 0)
  }

  /// The bytes are over.
  mutating func finish(at offset: UInt64) throws(SnapshotError) {
    guard scanner.messageRest == nil else {
      throw SnapshotError(.truncated, "the snapshot ends inside a message", at: offset)
    }
    guard nodeCount > 0 else {
      throw SnapshotError(.truncated, "the snapshot ends before its first node", at: offset)
    }
    try handOn(at: offset)
    try receiver.end()
  }

  /// Hands on what waits: rows, among them the edges of a node that has not come whole, and names.
  mutating func handOn(at offset: UInt64) throws(SnapshotError) {
    try flushRows(at: offset)
    try flushNames()
  }

  // MARK: Messages

  private mutating func beginMessage(
    _ byteCount: UInt64,
    _ offset: UInt64
  ) throws(SnapshotError) {
    if part == .metadata, byteCount > UInt64(limits.headerByteCount) {
      throw SnapshotError(
        .tooLarge,
        "metadata of more than \(limits.headerByteCount) bytes",
        at: offset
      )
    }
    node = Node()
  }

  private mutating func endMessage(_ offset: UInt64) throws(SnapshotError) {
    scanner.endMessage()
    switch part {
    case .metadata:
      part = .nodes
    case .nodes:
      try endNode(offset)
    }
  }

  // MARK: Fields of a node

  private mutating func take(
    _ number: UInt64,
    value: UInt64,
    _ offset: UInt64
  ) throws(SnapshotError) {
    switch number {
    case 1:
      node.identifier = try identifier(value, offset)
      if rootIdentifier == nil { rootIdentifier = node.identifier }
    case 3: node.typeName = try name(twoByte: value, offset)
    case 4: node.size = try number63(value, "a size", offset)
    case 8: node.className = try name(oneByte: value, offset)
    case 9:
      // A type of a later version is something other.
      node.coarseType = value < SpiderMonkeyTables.coarseTypes.count ? Int64(value) : 0
    case 11: node.scriptName = try name(oneByte: value, offset)
    case 13: node.descriptiveName = try name(twoByte: value, offset)
    default: return
    }
    // A node may repeat its fields without end.
    if strings.isFull { try flushNames(at: offset) }
  }

  @inline(__always)
  private mutating func take(
    _ number: UInt64,
    _ field: WireInput,
    _ offset: UInt64
  ) throws(SnapshotError) {
    switch number {
    case 5: return try takeEdge(field, offset)
    case 2: node.typeName = try name(twoByte: field, offset)
    case 6: node.allocationStack = try stackFrame(field, depth: 0, at: offset)
    case 7: node.className = try name(oneByte: field, offset)
    case 10: node.scriptName = try name(oneByte: field, offset)
    case 12: node.descriptiveName = try name(twoByte: field, offset)
    default: return
    }
    if strings.isFull { try flushNames(at: offset) }
  }

  @inline(__always)
  private mutating func takeEdge(_ field: WireInput, _ offset: UInt64) throws(SnapshotError) {
    let (referent, name): (Int64, ReferencedStrings.Meaning)
    if let usual = try usualEdge(field, offset) {
      (referent, name) = usual
    } else {
      (referent, name) = try edge(field, offset)
    }
    edgeCount &+= 1
    guard edgeCount <= limits.edgeCount else {
      throw SnapshotError(.tooLarge, "more than \(limits.edgeCount) edges", at: offset)
    }
    node.edgeCount &+= 1
    let place = edges.place
    if let index = name.elementIndex {
      place[SpiderMonkeyTables.EdgeColumn.type] = SpiderMonkeyTables.elementEdge
      place[SpiderMonkeyTables.EdgeColumn.name] = Int64(index)
    } else {
      place[SpiderMonkeyTables.EdgeColumn.type] =
        name == .none ? SpiderMonkeyTables.namelessEdge : SpiderMonkeyTables.namedEdge
      place[SpiderMonkeyTables.EdgeColumn.name] = try strings.nameNumber(of: name, at: offset)
    }
    place[SpiderMonkeyTables.EdgeColumn.target] = referent
    edges.endRow()
    if edges.isFull { try flushRows(at: offset) }
  }

  /// An edge as nearly all are: an identifier, then a reference to a name, and no more.
  @inline(__always)
  private func usualEdge(
    _ field: WireInput,
    _ offset: UInt64
  ) throws(SnapshotError) -> (referent: Int64, name: ReferencedStrings.Meaning)? {
    var field = field
    guard field.take(tag: 0x08), let referent = field.varint(), referent <= Int64.max,
      field.take(tag: 0x18), let reference = field.varint(), field.isEmpty
    else { return nil }
    return (
      Int64(truncatingIfNeeded: referent),
      try strings.twoByte(reference: reference, at: offset)
    )
  }

  @inline(never)
  private mutating func edge(
    _ field: WireInput,
    _ offset: UInt64
  ) throws(SnapshotError) -> (referent: Int64, name: ReferencedStrings.Meaning) {
    var field = field
    var referent: Int64?
    var name = ReferencedStrings.Meaning.none
    while field.isEmpty == false {
      guard let (number, value, bytes) = field.field() else {
        throw malformed("an edge that ends in a field", offset)
      }
      switch (number, bytes) {
      case (1, nil): referent = try identifier(value, offset)
      case (2, let bytes?):
        name = try strings.twoByte(bytes, at: offset)
        if strings.isFull { try flushNames(at: offset) }
      case (3, nil): name = try strings.twoByte(reference: value, at: offset)
      default: break
      }
    }
    guard let referent else { throw malformed("an edge to nothing", offset) }
    return (referent, name)
  }

  private mutating func endNode(_ offset: UInt64) throws(SnapshotError) {
    guard let identifier = node.identifier else {
      throw malformed("a node without an id", offset)
    }
    nodeCount &+= 1
    guard nodeCount <= limits.nodeCount else {
      throw SnapshotError(.tooLarge, "more than \(limits.nodeCount) nodes", at: offset)
    }
    let place = nodes.place
    place[SpiderMonkeyTables.NodeColumn.coarseType] = node.coarseType
    place[SpiderMonkeyTables.NodeColumn.typeName] = node.typeName
    place[SpiderMonkeyTables.NodeColumn.identifier] = identifier
    place[SpiderMonkeyTables.NodeColumn.size] = node.size
    place[SpiderMonkeyTables.NodeColumn.edgeCount] = node.edgeCount
    place[SpiderMonkeyTables.NodeColumn.className] = node.className
    place[SpiderMonkeyTables.NodeColumn.scriptName] = node.scriptName
    place[SpiderMonkeyTables.NodeColumn.descriptiveName] = node.descriptiveName
    place[SpiderMonkeyTables.NodeColumn.allocationStack] = node.allocationStack
    nodes.endRow()
    if nodes.isFull { try flushRows(at: offset) }
    if strings.isFull { try flushNames(at: offset) }
  }

  // MARK: Emitting

  /// Hands on the rows that wait: nodes, then edges, then frames.
  private mutating func flushRows(at offset: UInt64) throws(SnapshotError) {
    try emitHeader(at: offset)
    if nodes.isEmpty == false {
      try receiver.section(SpiderMonkeyTables.nodes)
      try nodes.flush(to: receiver)
    }
    if edges.isEmpty == false {
      try receiver.section(SpiderMonkeyTables.edges)
      try edges.flush(to: receiver)
    }
    if frames.isEmpty == false { try flushFrames() }
  }

  private mutating func flushFrames() throws(SnapshotError) {
    try receiver.section(SpiderMonkeyTables.frames)
    try frames.flush(to: receiver)
  }

  mutating func endFrame(at offset: UInt64) throws(SnapshotError) {
    frames.endRow()
    guard frames.isFull else { return }
    try emitHeader(at: offset)
    try flushFrames()
  }

  private mutating func flushNames(at offset: UInt64) throws(SnapshotError) {
    try emitHeader(at: offset)
    try flushNames()
  }

  private mutating func flushNames() throws(SnapshotError) {
    let receiver = self.receiver
    guard strings.names.count > 0 else { return }
    try receiver.section(SpiderMonkeyTables.names)
    try strings.names.flush { (batch) throws(SnapshotError) in try receiver.strings(batch) }
    strings.removeNames()
  }

  private mutating func emitHeader(at offset: UInt64) throws(SnapshotError) {
    guard isHeaderEmitted == false else { return }
    guard let rootIdentifier else {
      throw malformed("the root's id stands behind its edges", offset)
    }
    isHeaderEmitted = true
    try receiver.header(
      SpiderMonkeyTables.header(metadata: metadata, root: rootIdentifier)
    )
  }

  // MARK: Values

  /// Nodes and frames are named by their addresses, of which none uses the highest bit.
  @inline(__always)
  func identifier(_ value: UInt64, _ offset: UInt64) throws(SnapshotError) -> Int64 {
    try number63(value, "an id", offset)
  }

  @inline(__always)
  private func number63(
    _ value: UInt64,
    _ meaning: String,
    _ offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    guard let number = Int64(exactly: value) else {
      throw malformed("\(meaning) of \(value)", offset)
    }
    return number
  }

  private mutating func name(
    twoByte reference: UInt64,
    _ offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    let meaning = try strings.twoByte(reference: reference, at: offset)
    return try strings.nameNumber(of: meaning, at: offset)
  }

  mutating func name(twoByte string: WireInput, _ offset: UInt64) throws(SnapshotError) -> Int64 {
    let meaning = try strings.twoByte(string, at: offset)
    return try strings.nameNumber(of: meaning, at: offset)
  }

  private mutating func name(
    oneByte reference: UInt64,
    _ offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    let meaning = try strings.oneByte(reference: reference, at: offset)
    return try strings.nameNumber(of: meaning, at: offset)
  }

  private mutating func name(
    oneByte string: WireInput,
    _ offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    let meaning = try strings.oneByte(string, at: offset)
    return try strings.nameNumber(of: meaning, at: offset)
  }

  func malformed(_ message: String, _ offset: UInt64) -> SnapshotError {
    SnapshotError(.malformed, message, at: offset)
  }
}

/// Finds the largest Maps and Sets in a snapshot's text while it passes by.
///
/// A Map refers to one `Cell Butterfly`, which has its entries and from which no edge goes out. The
/// text is `{"version":3,"type":"Inspector","nodes":[…],"nodeClassNames":[…],"edges":[…],…`: the
/// largest internal nodes of each class are kept until the names tell which class it is, and the edges
/// who refers to them. In another order nothing is found.
///
/// Holds the names of classes, and some thousand numbers.
struct JSCCollectionFinder: Sendable {
  /// How many are worth a look.
  private static let limit = 32
  /// Bytes; an entry takes 36 to 68 of them.
  private static let leastSize: UInt64 = 1_024
  private static let butterflyName = "Cell Butterfly"
  /// The engine has some dozens of internal classes.
  private static let internalClassLimit = 256
  private static let nameByteLimit = 128
  private static let nameLimit = 16_384

  private enum Part: Sendable {
    case head
    case nodes
    case names
    case edges
    case behind
  }

  private struct Large: Sendable {
    let size: UInt64
    let id: UInt64
  }

  /// Numbers of the names of classes.
  private(set) var classes: [String: UInt32] = [:]

  private var part = Part.head
  // Within a string: its bytes so far.
  private var isInString = false
  private var isEscaped = false
  private var hasEscapes = false
  private var text: [UInt8] = []
  private var nameCount: UInt32 = 0
  // Within a row of four: the numbers in front, and the one that has begun.
  private var row: (UInt64, UInt64, UInt64) = (0, 0, 0)
  private var column = 0
  private var number: UInt64 = 0

  /// By class, the largest first.
  private var largest: [UInt64: [Large]] = [:]
  private var sizes: [UInt64: UInt64] = [:]
  /// Whether a butterfly's id may end in these bits, so that few edges are looked up.
  private var mayBeLarge = [Bool](repeating: false, count: 1 << 12)
  private var found: [Large] = []

  /// The ids of Maps and Sets, and of what else has such a part; the largest first.
  var owners: [UInt64] {
    found.sorted { ($1.size, $0.id) < ($0.size, $1.id) }.prefix(Self.limit).map(\.id)
  }

  /// The next piece of the text, cut anywhere.
  mutating func consume(_ piece: [UInt8]) {
    piece.withUnsafeBufferPointer { bytes in
      var place = 0
      while place < bytes.count {
        switch part {
        case .head: place = consumeHead(bytes, from: place)
        case .nodes, .edges: place = consumeRows(bytes, from: place)
        case .names: place = consumeNames(bytes, from: place)
        case .behind: return
        }
      }
    }
  }

  /// Between the parts: the key in front of an array says which it is.
  private mutating func consumeHead(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    for place in start..<bytes.count {
      let byte = bytes[place]
      if isInString {
        consumeString(byte)
      } else if byte == UInt8(ascii: "\"") {
        beginString()
      } else if byte == UInt8(ascii: "[") {
        part =
          switch String(decoding: text, as: UTF8.self) {
          case "nodes": .nodes
          case "nodeClassNames": .names
          case "edges" where sizes.isEmpty == false: .edges
          default: .behind
          }
        return place + 1
      }
    }
    return bytes.count
  }

  private mutating func consumeNames(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    for place in start..<bytes.count {
      let byte = bytes[place]
      if isInString {
        consumeString(byte)
        if isInString == false { endName() }
      } else if byte == UInt8(ascii: "\"") {
        beginString()
      } else if byte == UInt8(ascii: "]") {
        chooseButterflies()
        part = .head
        return place + 1
      }
    }
    return bytes.count
  }

  private mutating func beginString() {
    (isInString, isEscaped, hasEscapes) = (true, false, false)
    text.removeAll(keepingCapacity: true)
  }

  private mutating func consumeString(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if byte == UInt8(ascii: "\\") {
      (isEscaped, hasEscapes) = (true, true)
    } else if byte == UInt8(ascii: "\"") {
      isInString = false
    } else if text.count <= Self.nameByteLimit {
      text.append(byte)
    }
  }

  private mutating func endName() {
    defer { nameCount &+= 1 }
    guard hasEscapes == false, text.count <= Self.nameByteLimit, classes.count < Self.nameLimit
    else { return }
    let name = String(decoding: text, as: UTF8.self)
    if classes[name] == nil { classes[name] = nameCount }
  }

  /// Numbers are most of the text, so what is read of them is kept in registers.
  private mutating func consumeRows(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var (row, column, number) = (row, column, number)
    defer { (self.row, self.column, self.number) = (row, column, number) }
    for place in start..<bytes.count {
      let byte = bytes[place]
      let digit = byte &- UInt8(ascii: "0")
      if digit < 10 {
        number = number &* 10 &+ UInt64(digit)
        continue
      }
      guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") else { continue }
      switch column {
      case 0: row.0 = number
      case 1: row.1 = number
      case 2: row.2 = number
      default: receivedRow(row.0, row.1, row.2, number)
      }
      column = (column + 1) % 4
      number = 0
      if byte == UInt8(ascii: "]") {
        column = 0
        part = part == .edges ? .behind : .head
        return place + 1
      }
    }
    return bytes.count
  }

  @inline(__always)
  private mutating func receivedRow(
    _ first: UInt64,
    _ second: UInt64,
    _ third: UInt64,
    _ fourth: UInt64
  ) {
    if part == .edges {
      if mayBeLarge[Int(second & 0xFFF)] { receivedEdge(from: first, to: second) }
    } else if second >= Self.leastSize, fourth & 1 != 0 {
      receivedNode(Large(size: second, id: first), class: third)
    }
  }

  private mutating func receivedNode(_ node: Large, class number: UInt64) {
    guard largest.count < Self.internalClassLimit || largest[number] != nil else { return }
    var nodes = largest.removeValue(forKey: number) ?? []
    let place = nodes.firstIndex { $0.size < node.size } ?? nodes.count
    if place < Self.limit { nodes.insert(node, at: place) }
    if nodes.count > Self.limit { nodes.removeLast() }
    largest[number] = nodes
  }

  private mutating func chooseButterflies() {
    let nodes = classes[Self.butterflyName].flatMap { largest[UInt64($0)] } ?? []
    for node in nodes {
      sizes[node.id] = node.size
      mayBeLarge[Int(node.id & 0xFFF)] = true
    }
    largest = [:]
  }

  private mutating func receivedEdge(from source: UInt64, to target: UInt64) {
    // The root, whose id is 0, refers to some that are the engine's own.
    guard source != 0, let size = sizes[target], found.count < 4 * Self.limit,
      found.contains(where: { $0.id == source }) == false
    else { return }
    found.append(Large(size: size, id: source))
  }
}

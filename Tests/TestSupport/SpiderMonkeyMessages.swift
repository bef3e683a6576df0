/// A snapshot of SpiderMonkey drawn in a test.
///
///     var heap = SpiderMonkeyMessages()
///     let session = heap.node("JSObject", className: "Object", size: 40)
///     heap.edge(from: 0, to: session, named: "session")
///     try reader.consume(heap.bytes)
package struct SpiderMonkeyMessages: Sendable {
  package struct Frame: Sendable {
    package var id: UInt64
    package var line: UInt64
    package var source: String
    package var function: String?

    package init(id: UInt64, line: UInt64, source: String, function: String? = nil) {
      self.id = id
      self.line = line
      self.source = source
      self.function = function
    }
  }

  private struct Node {
    var id: UInt64
    var typeName: String
    var size: UInt64
    var coarseType: UInt64
    var className: String?
    var scriptName: String?
    var descriptiveName: String?
    /// The innermost first.
    var stack: [Frame]
    var edges: [(name: String?, target: UInt64)] = []
  }

  private var nodes: [Node] = []

  /// A heap with nothing in it but the root, which is node 0.
  package init() {
    node("JS::ubi::RootList", id: 0x7FFC_1234_5678, size: 1, coarseType: 0)
  }

  /// Adds a node and answers its place; its id, if it is not given, is an address made of that.
  @discardableResult
  package mutating func node(
    _ typeName: String,
    className: String? = nil,
    id: UInt64? = nil,
    size: UInt64 = 32,
    coarseType: UInt64? = nil,
    scriptName: String? = nil,
    descriptiveName: String? = nil,
    stack: [Frame] = []
  ) -> Int {
    nodes.append(
      Node(
        id: id ?? 0x10BB_0000_0000 + UInt64(nodes.count) * 40,
        typeName: typeName,
        size: size,
        coarseType: coarseType ?? Self.coarseType(typeName),
        className: className,
        scriptName: scriptName,
        descriptiveName: descriptiveName,
        stack: stack
      )
    )
    return nodes.count - 1
  }

  private static func coarseType(_ typeName: String) -> UInt64 {
    switch typeName {
    case "JSObject": 1
    case "js::BaseScript": 2
    case "JSString": 3
    case "nsIContent", "Document": 4
    default: 0
    }
  }

  package func id(_ node: Int) -> UInt64 { nodes[node].id }

  package mutating func edge(from source: Int, to target: Int, named name: String? = nil) {
    nodes[source].edges.append((name, nodes[target].id))
  }

  /// An edge to something that need not exist.
  package mutating func edge(from source: Int, toIdentifier identifier: UInt64) {
    nodes[source].edges.append((nil, identifier))
  }

  /// A function of a program with a prototype, for instances of a class.
  package mutating func classFunction(
    file: String = "https://example/app.js"
  ) -> (
    function: Int, prototype: Int, shapeOfInstances: Int
  ) {
    let function = node("JSObject", className: "Function", size: 64)
    let script = node("js::BaseScript", size: 120, scriptName: file)
    let prototype = node("JSObject", className: "Object", size: 56)
    let shape = node("js::Shape")
    let base = node("js::BaseShape", size: 24)
    edge(from: function, to: script, named: "JSFunction script")
    edge(from: function, to: prototype, named: "prototype")
    edge(from: prototype, to: function, named: "constructor")
    edge(from: shape, to: base, named: "base")
    edge(from: base, to: prototype, named: "baseshape_proto")
    return (function, prototype, shape)
  }

  // MARK: Bytes

  /// The messages, not packed.
  package var bytes: [UInt8] {
    var writer = Writer()
    var bytes = Writer.delimited(Writer.field(1, value: 1_795_657_199_101_749))
    for node in nodes { bytes += Writer.delimited(writer.message(node)) }
    return bytes
  }

  /// Where the messages end in `bytes`.
  package var messageEnds: [Int] {
    var writer = Writer()
    var ends = [Writer.delimited(Writer.field(1, value: 1_795_657_199_101_749)).count]
    for node in nodes {
      ends.append((ends.last ?? 0) + Writer.delimited(writer.message(node)).count)
    }
    return ends
  }

  private struct Writer {
    private var twoByte: [String: UInt64] = [:]
    private var oneByte: [String: UInt64] = [:]
    private var knownFrames: Set<UInt64> = []

    static func varint(_ value: UInt64) -> [UInt8] {
      var bytes: [UInt8] = []
      var rest = value
      while rest >= 0x80 {
        bytes.append(UInt8(rest & 0x7F) | 0x80)
        rest >>= 7
      }
      return bytes + [UInt8(rest)]
    }

    static func delimited(_ bytes: [UInt8]) -> [UInt8] { varint(UInt64(bytes.count)) + bytes }

    static func field(_ number: UInt64, value: UInt64) -> [UInt8] {
      varint(number << 3) + varint(value)
    }

    static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
      varint(number << 3 | 2) + delimited(bytes)
    }

    mutating func message(_ node: Node) -> [UInt8] {
      var bytes = Self.field(1, value: node.id)
      bytes += string(node.typeName, 2, in: \.twoByte)
      bytes += Self.field(4, value: node.size)
      for edge in node.edges {
        var message = Self.field(1, value: edge.target)
        if let name = edge.name { message += string(name, 2, in: \.twoByte) }
        bytes += Self.field(5, message)
      }
      if node.stack.isEmpty == false { bytes += Self.field(6, stack(node.stack[...])) }
      if let name = node.className { bytes += string(name, 7, in: \.oneByte) }
      bytes += Self.field(9, value: node.coarseType)
      if let name = node.scriptName { bytes += string(name, 10, in: \.oneByte) }
      if let name = node.descriptiveName { bytes += string(name, 12, in: \.twoByte) }
      return bytes
    }

    /// A frame, its parents in it; its strings get their numbers before theirs.
    private mutating func stack(_ frames: ArraySlice<Frame>) -> [UInt8] {
      guard let frame = frames.first else { return [] }
      guard knownFrames.insert(frame.id).inserted else { return Self.field(2, value: frame.id) }
      let source = string(frame.source, 5, in: \.twoByte)
      let function = frame.function.map { string($0, 7, in: \.twoByte) } ?? []
      var data = Self.field(1, value: frame.id)
      if frames.count > 1 { data += Self.field(2, stack(frames.dropFirst())) }
      data += Self.field(3, value: frame.line) + Self.field(4, value: 7)
      return Self.field(1, data + source + function + Self.field(10, value: 1))
    }

    /// The string where it comes first, later a reference to it.
    private mutating func string(
      _ text: String,
      _ number: UInt64,
      in table: WritableKeyPath<Writer, [String: UInt64]>
    ) -> [UInt8] {
      if let known = self[keyPath: table][text] { return Self.field(number + 1, value: known) }
      self[keyPath: table][text] = UInt64(self[keyPath: table].count)
      let isTwoByte = table == \Writer.twoByte
      let bytes =
        isTwoByte
        ? text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        : text.unicodeScalars.map { UInt8($0.value & 0xFF) }
      return Self.field(number, bytes)
    }
  }
}

internal import HeapModel

/// The class of each object, as DevTools names and tells them apart (facts 5.9 and 5.10).
///
/// Classes are numbered as they first come. DevTools keeps two classes apart that have the same
/// key but come from different rules (closures, and objects named `Function`), and then lets one
/// overwrite the other in its table; `merged` says which of ours are one.
struct ClassAssignment {
  struct HeapClass {
    /// Number of the bytes of its name, and of its key, in `texts`.
    var name: Int
    var key: Int
  }

  /// The class of each object.
  let classOf: PooledArray<UInt32>
  private(set) var classes: [HeapClass] = []
  /// The first class with the same key, per class.
  private(set) var merged: [UInt32] = []
  private(set) var texts = ByteInterner()
  let definitions: [InterfaceDefinition]
  /// How many objects a shape must have to be inferred as an interface.
  let leastShapeCount: Int

  private let graph: HeapGraph
  private var classOfKey: [Int: UInt32] = [:]
  /// Classes by the rule that made them and what it made them from.
  private var known: [Source: UInt32] = [:]

  private enum Source: Hashable {
    /// Made from a text by a rule of names.
    case text(Int)
    /// The object's own name, by its index.
    case name(UInt32)
    case detachedName(UInt32)
    case interface(Int)
    case located(Int)
  }

  /// - Parameter definitions: the interfaces to group plain objects by; nil infers them.
  init(
    graph: HeapGraph,
    roles: NameRoles,
    detached: DetachedState,
    definitions given: [InterfaceDefinition]?,
    pool: MemoryPool
  ) {
    self.graph = graph
    classOf = pool.array(count: graph.nodeCount)
    let shapes = ObjectShapes(graph: graph, roles: roles, pool: pool)
    definitions = given ?? shapes.inferDefinitions()
    leastShapeCount = shapes.leastCountOfDefinition
    assignByKindAndName(pool: pool)
    for node in detached.detached {
      classOf[Int(node)] = detachedClass(graph.nodeName[Int(node)])
    }
    assignInterfaces(shapes, pool: pool)
    assignLocations()
  }

  func name(_ number: UInt32) -> String { texts.string(classes[Int(number)].name) }
  func key(_ number: UInt32) -> String { texts.string(classes[Int(number)].key) }

  /// The first class with this key.
  func number(ofKey key: String) -> UInt32? {
    var key = key
    return key.withUTF8 { texts.knownNumber(of: $0) }.flatMap { classOfKey[$0] }
  }

  private mutating func assignByKindAndName(pool: MemoryPool) {
    // Class + 1 by kind, where the kind decides, and by name where the name does.
    var ofKind = [UInt32](repeating: 0, count: 256)
    let ofName: PooledArray<UInt32> = pool.array(repeating: 0, count: graph.names.count)
    let isNamedByKind = (0..<256).map { kind in
      fixedName(NodeKind(rawValue: UInt8(kind)) ?? .unknown) != nil
    }
    let kinds = graph.nodeKind.elements
    let names = graph.nodeName.elements
    let classOf = self.classOf.base
    for node in 0..<graph.nodeCount {
      let kind = Int(kinds[node])
      let name = Int(names[node])
      var found = isNamedByKind[kind] ? ofKind[kind] : ofName.base[name]
      if found == 0 {
        if let text = fixedName(NodeKind(rawValue: kinds[node]) ?? .unknown) {
          found = classFor(text: Array(text.utf8)) + 1
          ofKind[kind] = found
        } else {
          found = classFor(name: names[node]) + 1
          ofName.base[name] = found
        }
      }
      classOf[node] = found &- 1
    }
  }

  /// The class of all objects of a kind, or nil where each object's name decides.
  private func fixedName(_ kind: NodeKind) -> String? {
    switch kind {
    case .object, .native: nil
    case .hidden: "(system)"
    case .code: "(compiled code)"
    case .closure: "Function"
    case .regularExpression: "RegExp"
    case .unknown: "(unknown)"
    case .array: "(array)"
    case .string: "(string)"
    case .number: "(number)"
    case .synthetic: "(synthetic)"
    case .concatenatedString: "(concatenated string)"
    case .slicedString: "(sliced string)"
    case .symbol: "(symbol)"
    case .bigInteger: "(bigint)"
    case .objectShape: "(object shape)"
    case .wasmObject: "(wasm object)"
    }
  }

  private mutating func classFor(name: UInt32) -> UInt32 {
    let text = graph.names.utf8(Int(name))
    if text.first == UInt8(ascii: "<") { return classFor(text: Self.cutTag(text, after: 0)) }
    if text.starts(with: "Detached <".utf8) {
      return classFor(text: Self.cutTag(text, after: Self.detachedTagStart))
    }
    return number(.name(name), name: Array(text))
  }

  private mutating func detachedClass(_ name: UInt32) -> UInt32 {
    let text = Array("Detached ".utf8) + Array(graph.names.utf8(Int(name)))
    if text.starts(with: "Detached <".utf8) {
      let cut = text.withUnsafeBufferPointer { Self.cutTag($0, after: Self.detachedTagStart) }
      return classFor(text: cut)
    }
    return number(.detachedName(name), name: text)
  }

  private static let detachedTagStart = 10

  /// `<div id="a">` becomes `<div>`.
  private static func cutTag(_ text: UnsafeBufferPointer<UInt8>, after start: Int) -> [UInt8] {
    guard let space = text[start...].firstIndex(of: UInt8(ascii: " ")) else { return Array(text) }
    return Array(text[..<space]) + [UInt8(ascii: ">")]
  }

  private mutating func classFor(text: [UInt8]) -> UInt32 {
    number(.text(texts.number(of: text)), name: text)
  }

  private mutating func assignInterfaces(_ shapes: ObjectShapes, pool: MemoryPool) {
    let matches = shapes.match(definitions, pool: pool)
    let classes: [UInt32?] = matches.map { match in
      match.map { number(.interface($0), name: definitions[$0].nameBytes) }
    }
    for index in 0..<shapes.objects.count {
      let entry = shapes.objects.storage.base[index]
      if let found = classes[Int(entry >> 32)] {
        classOf.base[Int(entry & 0xFFFF_FFFF)] = found
      }
    }
  }

  /// An object with a source position is told apart by it.
  ///
  /// Where two positions are given for one object, the later counts.
  private mutating func assignLocations() {
    let nodes = graph.locations.node.elements
    let scripts = graph.locations.script.elements
    let lines = graph.locations.line.elements
    let columns = graph.locations.column.elements
    let kinds = graph.nodeKind.elements
    // Nearly always all objects of a class have one position: what it was last, per class.
    var last = Array(repeating: Located(), count: classes.count)
    for index in nodes.indices {
      let node = Int(nodes[index])
      let isRepeated = index + 1 < nodes.count && nodes[index + 1] == nodes[index]
      guard node < kinds.count, kinds[node] == NodeKind.object.rawValue, !isRepeated else {
        continue
      }
      let plain = Int(classOf.base[node])
      let position = Located(script: scripts[index], line: lines[index], column: columns[index])
      if !last[plain].isAt(position) {
        last[plain] = position
        last[plain].number = locatedClass(plain, position)
      }
      classOf.base[node] = last[plain].number
    }
  }

  private struct Located {
    var script: Int32 = 0
    var line: Int32 = 0
    var column: Int32 = 0
    var number = UInt32.max

    func isAt(_ other: Located) -> Bool {
      number != .max && script == other.script && line == other.line && column == other.column
    }
  }

  private static let keyByteCount = 4_096

  private mutating func locatedClass(_ plain: Int, _ position: Located) -> UInt32 {
    let name = classes[plain].name
    let prefix = "\(position.script),\(position.line),\(position.column),"
    // No more of a name than travels of a key: one that many places share is kept for each.
    let key = texts.number(of: Array(prefix.utf8) + texts.bytes(name).prefix(Self.keyByteCount))
    return number(.located(key), name: name, key: key)
  }

  private mutating func number(_ source: Source, name: [UInt8]) -> UInt32 {
    if let known = known[source] { return known }
    let key = texts.number(of: [UInt8(ascii: ",")] + name)
    return number(source, name: texts.number(of: name), key: key)
  }

  private mutating func number(_ source: Source, name: Int, key: Int) -> UInt32 {
    if let known = known[source] { return known }
    let number = UInt32(classes.count)
    classes.append(HeapClass(name: name, key: key))
    known[source] = number
    let first = classOfKey[key] ?? number
    classOfKey[key] = first
    merged.append(first)
    return number
  }
}

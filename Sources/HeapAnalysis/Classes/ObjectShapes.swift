internal import HeapModel

/// The plain objects of a heap, grouped by the list of their properties.
///
/// A plain object is one of type object named `Object`. Most heaps have few lists and many
/// objects, so all that is worked out per list costs nearly nothing per object.
struct ObjectShapes {
  /// Each plain object in the low half, its shape in the high half, in the order of the file.
  private(set) var objects: GrowingArray<UInt64>
  /// How many objects have each shape; shapes are numbered as they first come.
  private(set) var counts: [Int] = []

  private let graph: HeapGraph
  private let roles: NameRoles
  /// Whether the engine tells properties in no order, so that a shape must be the same in any.
  private let isUnordered: Bool
  /// Shape `s` has the properties `properties[starts[s] ..< starts[s + 1]]`, indexes of names.
  private var properties: [UInt32] = []
  private var starts: [Int] = [0]
  private var hashes: [UInt64] = []
  private var slots: [UInt32] = Array(repeating: 0, count: 256)
  private let seed = SeededHash()(0)

  init(graph: HeapGraph, roles: NameRoles, pool: MemoryPool) {
    self.graph = graph
    self.roles = roles
    objects = GrowingArray(capacity: 1024, pool: pool)
    var list: [UInt32] = []
    isUnordered = graph.engine == .javaScriptCore
    let kinds = graph.nodeKind.elements
    let names = graph.nodeName.elements
    let firstEdge = graph.firstEdge.elements
    let edgeKinds = graph.edgeKind.elements
    let edgeNames = graph.edgeName.elements
    for node in kinds.indices
    where kinds[node] == NodeKind.object.rawValue
      && roles.role.base[Int(names[node])] == NameRole.object.rawValue
    {
      list.removeAll(keepingCapacity: true)
      for edge in Int(firstEdge[node])..<Int(firstEdge[node + 1])
      where edgeKinds[edge] == EdgeKind.property.rawValue {
        list.append(edgeNames[edge])
      }
      if isUnordered { list.sort() }
      let shape = number(of: list)
      counts[shape] += 1
      objects.append(UInt64(shape) << 32 | UInt64(node))
    }
  }

  func properties(of shape: Int) -> ArraySlice<UInt32> {
    properties[starts[shape]..<starts[shape + 1]]
  }

  private mutating func number(of list: [UInt32]) -> Int {
    var hash = seed
    for name in list {
      hash = (hash ^ UInt64(name)) &* 0xBF58_476D_1CE4_E5B9
      hash ^= hash >> 29
    }
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let known = Int(slots[slot]) - 1
      if hashes[known] == hash, properties(of: known).elementsEqual(list) { return known }
      slot = (slot + 1) & mask
    }
    properties += list
    starts.append(properties.count)
    hashes.append(hash)
    counts.append(0)
    slots[slot] = UInt32(hashes.count)
    if hashes.count * 2 > slots.count { growSlots() }
    return hashes.count - 1
  }

  private mutating func growSlots() {
    slots = Array(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for (number, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(number + 1)
    }
  }

  // MARK: Definitions

  private static let nameLimit = 120
  private static let leastCount = 2
  private static let leastShare = 1_000

  /// How many objects a shape must have to be inferred.
  var leastCountOfDefinition: Int { Self.leastCountOfDefinition(among: objects.count) }

  static func leastCountOfDefinition(among objectCount: Int) -> Int {
    max(leastCount, objectCount / leastShare + (objectCount % leastShare == 0 ? 0 : 1))
  }

  /// The definitions that DevTools would infer (facts 5.9): the frequent shapes, frequent first.
  func inferDefinitions() -> [InterfaceDefinition] {
    var names = ByteInterner()
    var candidates: [(name: [UInt8], properties: [[UInt8]], count: Int)] = []
    for shape in counts.indices {
      guard let candidate = candidate(of: shape) else { continue }
      let index = names.number(of: candidate.name)
      if index == candidates.count { candidates.append((candidate.name, candidate.properties, 0)) }
      candidates[index].count += counts[shape]
    }
    let ranked = candidates.enumerated().sorted {
      ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
    }
    let least = leastCountOfDefinition
    return ranked.prefix { $0.element.count >= least }.map {
      InterfaceDefinition(
        nameBytes: $0.element.name,
        properties: $0.element.properties,
        count: $0.element.count
      )
    }
  }

  private func candidate(of shape: Int) -> (name: [UInt8], properties: [[UInt8]])? {
    var name: [UInt8] = [UInt8(ascii: "{")]
    var length = 1
    var properties: [[UInt8]] = []
    for property in shown(self.properties(of: shape))
    where roles[property] != .prototypeProperty {
      let text = graph.names.utf8(Int(property))
      let formatted = PropertyName(formatting: text)
      if length > 1, length + formatted.utf16Count > Self.nameLimit { break }
      if length != 1 {
        name += [UInt8(ascii: ","), UInt8(ascii: " ")]
        length += 2
      }
      name += formatted.bytes
      length += formatted.utf16Count
      properties.append(Array(text))
    }
    return properties.isEmpty ? nil : (name + [UInt8(ascii: "}")], properties)
  }

  /// As one after the other is shown: where there is no order, by their names, so that a shape is
  /// called the same in the next snapshot.
  private func shown(_ properties: ArraySlice<UInt32>) -> ArraySlice<UInt32> {
    guard isUnordered else { return properties }
    return properties.sorted {
      graph.names.utf8(Int($0)).lexicographicallyPrecedes(graph.names.utf8(Int($1)))
    }[...]
  }

  /// For each shape the definition that fits best, nil where none fits.
  ///
  /// It fits if all its properties are there; the one with most is best, of equals the earlier.
  func match(_ definitions: [InterfaceDefinition], pool: MemoryPool) -> [Int?] {
    var matcher = InterfaceMatcher(definitions, names: graph.names, pool: pool)
    return counts.indices.map { matcher.bestMatch(for: properties(of: $0)) }
  }
}

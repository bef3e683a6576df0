internal import HeapModel

/// Strings of one text that stand in a heap more than once, told apart as DevTools does: strings and
/// concatenated ones by their text, of which up to about 1,024 characters are put together; those
/// that the engine cut off besides by their length and hash.
package struct DuplicatedStrings {
  package struct Group: Hashable, Sendable {
    package let text: String
    package let count: Int
    /// Bytes of all of them.
    package let selfSize: UInt64
    package let retainedSize: UInt64
    /// What would be saved if there were one.
    package let wastedSize: UInt64
    /// One of them, to follow what holds it.
    package let exampleID: UInt64
  }

  /// Most wasted bytes first.
  package let groups: [Group]
  /// Per object.
  let isDuplicated: PooledArray<Bool>

  private struct Sum {
    var first: UInt32
    var count = 0
    var selfSize: UInt64 = 0
    var retainedSize: UInt64 = 0
    var largest: UInt64 = 0
  }

  private struct Key: Hashable {
    let text: Int
    var length: Int?
    var hash: Int?
  }

  /// A pass over the heap; memory for each different text once.
  ///
  /// - Throws: where the snapshot has no texts.
  package init(_ heap: AnalyzedHeap) throws(QueryError) {
    try heap.checkTexts()
    let graph = heap.graph
    isDuplicated = heap.pool.array(repeating: false, count: graph.nodeCount)
    var texts = StringTexts(graph)
    var sums: [Key: Sum] = [:]
    for node in 0..<UInt32(graph.nodeCount) where heap.selfSize(of: node) > 0 {
      guard let text = texts.number(of: Int(node)) else { continue }
      var key = Key(text: text)
      if graph.cutState(of: Int(node), "truncated", "bool") == "true" {
        key.length = graph.cutState(of: Int(node), "length", "int").flatMap { Int($0) }
        key.hash = graph.cutState(of: Int(node), "hash", "int").flatMap { Int($0) }
      }
      var sum = sums[key] ?? Sum(first: node)
      let size = heap.selfSize(of: node)
      sum.count += 1
      sum.selfSize &+= size
      sum.retainedSize &+= heap.retainedSize(of: node)
      sum.largest = max(sum.largest, size)
      sums[key] = sum
      if sum.count > 1 {
        isDuplicated[Int(node)] = true
        isDuplicated[Int(sum.first)] = true
      }
    }
    groups = sums.filter { $0.value.count > 1 }.map { key, sum in
      Group(
        text: texts.text(key.text),
        count: sum.count,
        selfSize: sum.selfSize,
        retainedSize: sum.retainedSize,
        wastedSize: sum.selfSize &- sum.largest,
        exampleID: graph.nodeID[Int(sum.first)]
      )
    }
    .sorted { ($1.wastedSize, $1.count, $0.text) < ($0.wastedSize, $0.count, $1.text) }
  }
}

/// The texts of string objects, each different one with a number.
private struct StringTexts {
  /// What DevTools puts together of a concatenated string, in UTF-16 units.
  private static let lengthLimit = 1_024

  private let graph: HeapGraph
  private var interner = ByteInterner()
  /// Number + 1 by name, 0 for one that was not asked for.
  private var numberOfName: [UInt32]

  init(_ graph: HeapGraph) {
    self.graph = graph
    numberOfName = Array(repeating: 0, count: graph.names.count)
  }

  func text(_ number: Int) -> String { interner.string(number) }

  /// Nil for what is no string, and for a concatenated one that became flat: its text is in
  /// another.
  mutating func number(of node: Int) -> Int? {
    switch NodeKind(rawValue: graph.nodeKind[node]) {
    case .string:
      let name = Int(graph.nodeName[node])
      if numberOfName[name] == 0 {
        numberOfName[name] = UInt32(interner.number(of: graph.names.utf8(name)) + 1)
      }
      return Int(numberOfName[name]) - 1
    case .concatenatedString:
      return isFlat(node) ? nil : interner.number(of: concatenated(node))
    default:
      return nil
    }
  }

  private func isFlat(_ node: Int) -> Bool {
    let parts = ["first", "second"].flatMap { graph.internalTargets(of: node, $0) }
    // The shown text of a part that is concatenated itself is empty only if all of it is.
    return parts.contains { part in
      graph.nodeKind[part] == NodeKind.concatenatedString.rawValue
        ? concatenated(part).isEmpty
        : graph.names.utf8(Int(graph.nodeName[part])).isEmpty
    }
  }

  private func concatenated(_ node: Int) -> [UInt8] {
    var text: [UInt8] = []
    var length = 0
    var pending = [node]
    // Parts can be shared, so that the steps are bounded and not only the text.
    var stepsLeft = 64 * Self.lengthLimit
    while length < Self.lengthLimit, stepsLeft > 0, let part = pending.popLast() {
      stepsLeft -= 1
      if graph.nodeKind[part] == NodeKind.concatenatedString.rawValue {
        for name in ["second", "first"] {
          // DevTools takes the root where there is no such part.
          pending.append(graph.internalTargets(of: part, name).first ?? 0)
        }
      } else {
        let name = graph.names.utf8(Int(graph.nodeName[part]))
        text += name
        // Bytes that begin a character count once, those of a pair of units twice.
        for byte in name where byte & 0xC0 != 0x80 { length += byte >= 0xF0 ? 2 : 1 }
      }
    }
    return text
  }
}

extension HeapGraph {
  fileprivate func internalTargets(of node: Int, _ name: String) -> [Int] {
    (Int(firstEdge[node])..<Int(firstEdge[node + 1])).filter { edge in
      edgeKind[edge] == EdgeKind.internal.rawValue
        && names.utf8(Int(edgeName[edge])).elementsEqual(name.utf8)
    }
    .map { Int(edgeTarget[$0]) }
  }

  /// What newer V8 says about a string in a node of type number: `length`, `hash`, `truncated`.
  fileprivate func cutState(of node: Int, _ name: String, _ kind: String) -> String? {
    guard let number = internalTargets(of: node, name).first,
      nodeKind[number] == NodeKind.number.rawValue, names[Int(nodeName[number])] == kind,
      let value = internalTargets(of: number, "value").first
    else { return nil }
    return names[Int(nodeName[value])]
  }
}

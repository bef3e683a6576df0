import HeapAnalysis
import HeapModel
import TestSupport

/// A small program's heap at one moment: a global object, a script, and what the test puts there.
///
/// Objects that are to be the same in several heaps are given the same id.
struct ProgramSketch {
  static let script = "file:///app/server.mjs"

  var text = V8SnapshotText()
  /// The number of its script.
  let scriptNumber: Int
  let global: Int
  let roots: Int
  private var nextID: UInt64 = 100_001

  /// - Parameter scriptNumber: what the engine numbers the script with, in this process.
  init(scriptNumber: Int = 7) {
    self.scriptNumber = scriptNumber
    global = text.node("global / ", id: 3)
    text.edge(from: 0, to: global, named: "1", type: "shortcut")
    roots = text.node("(GC roots)", type: "synthetic", id: 5, size: 0)
    text.edge(from: 0, to: roots, index: 1)
    load(asScript: scriptNumber, firstID: 7)
  }

  /// What tells that a script is of the program.
  private mutating func load(asScript number: Int, firstID: UInt64) {
    let function = text.node("main", type: "closure", id: firstID)
    let shared = text.node("main", type: "code", id: firstID + 2)
    let script = text.node(Self.script, type: "code", id: firstID + 4)
    text.edge(from: global, to: function, named: "main")
    text.edge(from: function, to: shared, named: "shared", type: "internal")
    text.edge(from: shared, to: script, named: "script", type: "internal")
    text.location(of: function, script: number, line: 0, column: 0)
  }

  /// Loads the program's script once more.
  mutating func reload(asScript number: Int) -> Int {
    load(asScript: number, firstID: 13)
    return number
  }

  mutating func object(_ name: String, id: UInt64? = nil, size: UInt64 = 64) -> Int {
    nextID += 2
    return text.node(name, id: id ?? nextID, size: size)
  }

  /// An object of one of the program's classes.
  mutating func instance(
    of name: String,
    id: UInt64,
    size: UInt64 = 64,
    script: Int? = nil
  ) -> Int {
    let node = text.node(name, id: id, size: size)
    text.location(of: node, script: script ?? scriptNumber, line: 3, column: 4)
    return node
  }

  mutating func node(_ name: String, type: String, id: UInt64? = nil, size: UInt64 = 16) -> Int {
    nextID += 2
    return text.node(name, type: type, id: id ?? nextID, size: size)
  }

  /// A function of the program.
  mutating func function(_ name: String, id: UInt64, line: Int) -> Int {
    let node = text.node(name, type: "closure", id: id, size: 32)
    text.location(of: node, script: scriptNumber, line: line, column: 2)
    return node
  }

  /// A function of the program with variables of its own.
  mutating func closure(_ name: String, id: UInt64, over variables: [String: Int]) -> Int {
    let function = function(name, id: id, line: 12)
    let context = node("system / Context", type: "object", id: id + 2_000_000)
    link("context", from: function, to: context)
    for (name, value) in variables { variable(name, of: context, is: value) }
    return function
  }

  /// A node that is in no document any more.
  mutating func detached(_ name: String, id: UInt64) -> Int {
    text.node(name, type: "native", id: id, size: 128, detachedness: 2)
  }

  mutating func variable(_ name: String, of context: Int, is value: Int) {
    text.edge(from: context, to: value, named: name, type: "context")
  }

  /// A link of the engine that has a number only.
  mutating func slot(_ index: UInt32, of object: Int, is value: Int) {
    text.edge(from: object, to: value, index: index, type: "hidden")
  }

  mutating func property(_ name: String, of object: Int, is value: Int) {
    text.edge(from: object, to: value, named: name)
  }

  mutating func link(_ name: String, from object: Int, to value: Int) {
    text.edge(from: object, to: value, named: name, type: "internal")
  }

  /// A Map in a global variable; its table is made anew in every heap, as a growing one is.
  mutating func map(named name: String, id: UInt64, of values: [Int]) {
    let map = text.node("Map", id: id)
    let table = node("", type: "array", size: UInt64(16 * values.count))
    property(name, of: global, is: map)
    link("table", from: map, to: table)
    for (index, value) in values.enumerated() { link("\(index)", from: table, to: value) }
  }

  mutating func element(_ index: UInt32, of array: Int, is value: Int) {
    text.edge(from: array, to: value, index: index)
  }

  func heap() throws -> AnalyzedHeap {
    try HeapAnalyzer.analyze(text.graph())
  }
}

extension HeapSeries {
  /// One heap per sketch.
  init(_ sketches: [ProgramSketch], areIDsComparable: Bool = true) throws {
    let heaps = try sketches.map { try $0.heap() }
    guard let series = HeapSeries(heaps, areIDsComparable: areIDsComparable) else {
      throw TooFewHeaps()
    }
    self = series
  }
}

struct TooFewHeaps: Error {}

/// Ids of the objects number `range` of a class: equal in every heap.
func ids(_ range: Range<Int>, from first: UInt64 = 1_001) -> [UInt64] {
  range.map { first + 2 * UInt64($0) }
}

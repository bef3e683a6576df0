internal import HeapModel

/// What objects are counted together when growth is looked for: a class, or for functions, which
/// all are of one class, one function of the source.
enum CandidateKey: Hashable {
  /// By its number in `SeriesClasses`.
  case objects(class: UInt32)
  case function(name: String, script: ScriptKey, line: Int32, column: Int32)
}

/// What a script is known by.
enum ScriptKey: Hashable {
  /// Within one session.
  case number(Int32)
  /// Everywhere.
  case name(String)
}

/// Counts the objects of a key in one heap of a series.
struct CandidateCounter {
  private let heap: AnalyzedHeap
  private let index: Int
  private let classes: SeriesClasses
  private let key: CandidateKey

  init(_ key: CandidateKey, in index: Int, of series: HeapSeries, _ classes: SeriesClasses) {
    heap = series.heaps[index]
    self.index = index
    self.classes = classes
    self.key = key
  }

  func counts(_ node: UInt32) -> Bool {
    switch key {
    case .objects(let number): classes.number(of: node, in: index) == number
    case .function: classes.functionKey(of: node, in: index) == key
    }
  }

  /// In the whole heap.
  func total() -> Int {
    switch key {
    case .objects(let number): classes.totals(in: index)[Int(number)].count
    case .function:
      (0..<UInt32(heap.graph.nodeCount)).reduce(0) { $0 + (counts($1) ? 1 : 0) }
    }
  }

  /// Among what an object dominates.
  func count(under holder: UInt32, _ preorder: DominatorPreorder) -> Int {
    let number = preorder.number.base
    let vertex = heap.dominators.vertex.base
    return preorder.range(of: holder).dropFirst().reduce(0) {
      $0 + (counts(vertex[Int(number[$1])]) ? 1 : 0)
    }
  }
}

extension AnalyzedHeap {
  /// Nil for what is no function, or stands nowhere.
  ///
  /// - Parameter scripts: the heap's, to know a script by its name; nil knows it by its number.
  func functionKey(of node: UInt32, scripts: Scripts?) -> CandidateKey? {
    guard graph.nodeKind[Int(node)] == NodeKind.closure.rawValue,
      let row = graph.locationRow(of: node)
    else { return nil }
    let script = graph.locations.script[row]
    return .function(
      name: graph.names[Int(graph.nodeName[Int(node)])],
      script: scripts?[script].map { .name($0) } ?? .number(script),
      line: graph.locations.line[row],
      column: graph.locations.column[row]
    )
  }
}

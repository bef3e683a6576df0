internal import HeapModel

/// What objects are counted together when growth is looked for: a class, or for functions, which
/// all are of one class, one function of the source.
enum CandidateKey: Hashable {
  case objects(classKey: String)
  case function(name: String, script: Int32, line: Int32, column: Int32)
}

/// Counts the objects of a key in one heap.
struct CandidateCounter {
  private let heap: AnalyzedHeap
  private let key: CandidateKey
  private let classNumber: UInt32?

  init(_ key: CandidateKey, in heap: AnalyzedHeap) {
    self.heap = heap
    self.key = key
    switch key {
    case .objects(let classKey): classNumber = heap.classNumber(ofKey: classKey)
    case .function: classNumber = nil
    }
  }

  func counts(_ node: UInt32) -> Bool {
    switch key {
    case .objects: heap.classNumber(of: Int(node)) == classNumber
    case .function: heap.functionKey(of: node) == key
    }
  }

  /// In the whole heap.
  func total() -> Int {
    switch key {
    case .objects: classNumber.flatMap { heap.row(ofClass: $0) }?.count ?? 0
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
  func functionKey(of node: UInt32) -> CandidateKey? {
    guard graph.nodeKind[Int(node)] == NodeKind.closure.rawValue,
      let row = graph.locationRow(of: node)
    else { return nil }
    return .function(
      name: graph.names[Int(graph.nodeName[Int(node)])],
      script: graph.locations.script[row],
      line: graph.locations.line[row],
      column: graph.locations.column[row]
    )
  }
}

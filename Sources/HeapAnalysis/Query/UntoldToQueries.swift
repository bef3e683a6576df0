internal import HeapModel

/// What other engines than V8 leave out of their snapshots, so that a question for it is an error
/// and no empty or false answer.
extension AnalyzedHeap {
  /// - Throws: where the snapshot has no texts.
  func checkTexts() throws(QueryError) {
    guard graph.engine == .v8 else { throw untold("the text of strings") }
  }

  /// - Throws: where the snapshot does not have what the filter looks for.
  func check(_ filter: DevToolsFilter) throws(QueryError) {
    switch filter {
    case .duplicatedStrings: try checkTexts()
    case .retainedByDetachedNodes: try checkDetachedness()
    case .retainedByConsole where graph.engine != .v8: throw untold("what the console keeps")
    case .retainedByEventHandlers where graph.engine != .v8:
      throw untold("which functions handle events")
    case .retainedByContexts where graph.engine != .v8:
      throw untold("the contexts by which V8 keeps the variables of functions")
    case .retainedByConsole, .retainedByEventHandlers, .retainedByContexts: break
    }
  }

  /// - Throws: where the snapshot says of no object whether it is detached.
  func checkDetachedness() throws(QueryError) {
    guard detachedState.isTold else { throw untold("which objects are detached") }
  }

  /// - Throws: where no object can be of this kind, since the engine does not tell it from others.
  func checkKind(_ kind: NodeKind) throws(QueryError) {
    guard let told = graph.engine.toldKinds, told.contains(kind) == false else { return }
    let others = told.map(\.name).sorted().joined(separator: ", ")
    throw QueryError(
      untold("which objects are of type '\(kind.name)'").description + "; its types are \(others)"
    )
  }

  /// - Throws: where one of the objects is of a kind whose names the snapshot does not have.
  func checkNames(of isSelected: PooledArray<Bool>) throws(QueryError) {
    let kinds = graph.engine.namelessKinds
    guard !kinds.isEmpty else { return }
    for node in 0..<graph.engineNodeCount
    where isSelected.base[node] && kinds.contains(graph.nodeKind[node]) {
      let names = graph.engine == .javaScriptCore ? " or the names of functions" : ""
      throw QueryError(
        untold("the text of strings and symbols" + names).description
          + ", and some are among those asked for: add a condition such as 'type=object'"
      )
    }
  }

  private func untold(_ what: String) -> QueryError {
    QueryError("this snapshot, of \(graph.engine.title), does not tell \(what)")
  }
}

extension HeapEngine {
  /// Kinds of nodes, as raw values, that are all called alike.
  fileprivate var namelessKinds: Set<UInt8> {
    let kinds: [NodeKind] =
      switch self {
      case .v8: []
      case .javaScriptCore: [.string, .symbol, .closure]
      // Functions are called as they are referred to.
      case .spiderMonkey: [.string, .symbol]
      }
    return Set(kinds.map(\.rawValue))
  }

  /// What a node of its heaps can be; nil where any kind can be there.
  fileprivate var toldKinds: Set<NodeKind>? {
    switch self {
    case .v8: nil
    case .javaScriptCore:
      [
        .string, .symbol, .bigInteger, .closure, .regularExpression, .object, .native, .hidden,
        .synthetic,
      ]
    case .spiderMonkey:
      [
        .string, .symbol, .bigInteger, .closure, .regularExpression, .object, .native, .code,
        .objectShape, .synthetic,
      ]
    }
  }

  fileprivate var title: String {
    switch self {
    case .v8: "V8"
    case .javaScriptCore: "JavaScriptCore"
    case .spiderMonkey: "SpiderMonkey"
    }
  }
}

internal import HeapModel

/// Variables that closures keep and that no living function reads: what one closure captured lives on
/// in the context it shares with another.
///
/// The rules and numbers are those of DevTools 156 (`analyzeContexts`). V8 tells of scopes from
/// Chromium 15x on.
package struct UnreadVariables: Hashable, Sendable {
  package struct Variable: Hashable, Sendable {
    package let name: String
    package let valueID: UInt64
    package let valueName: String
    package let className: String
    package let selfSize: UInt64
    package let retainedSize: UInt64
  }

  /// One run of a function or block, whose variables live on.
  package struct Context: Hashable, Sendable {
    package let id: UInt64
    package let retainedSize: UInt64
    /// Largest retained size first.
    package let variables: [Variable]
    /// What the variables retain, one by one added up.
    package let variablesSize: UInt64
    /// Its ordinal, which decides between equals.
    fileprivate let node: Int
  }

  /// A function or block with such runs.
  package struct Scope: Hashable, Sendable {
    package let script: String
    /// Empty for what has no name.
    package let function: String
    /// Where its source stands in the script, in characters.
    package let start: Int
    package let end: Int
    /// Variables of a context, read or not.
    package let variableCount: Int
    /// Most bytes in unread variables first.
    package let contexts: [Context]

    package var variablesSize: UInt64 { contexts.reduce(0) { $0 &+ $1.variablesSize } }
  }

  /// In the order of their largest context, as DevTools has them.
  package let scopes: [Scope]
  /// Scripts with living contexts for which V8 wrote no scopes, so nothing can be said of them.
  package let untoldScripts: [String]

  /// Passes over the heap's objects, and over the references of closures and contexts.
  ///
  /// - Returns: nil where the engine does not tell of scopes.
  package init?(_ heap: AnalyzedHeap) {
    guard let tables = heap.graph.scopes else { return nil }
    let closures = ClosureSurvey(heap)
    let scopes = ScopeForest(tables, heap.graph.names)
    var finder = UnreadVariableFinder(heap: heap, closures: closures, forest: scopes)
    finder.run()
    self.scopes = finder.found
    untoldScripts = finder.untoldScripts
  }
}

/// Asks of each variable in each living context whether a living function can still read it.
private struct UnreadVariableFinder {
  private struct Group {
    let scope: Int
    let names: [UInt32]
    let start: Int
    let end: Int
    let function: String
    let script: Int
    var contexts: [Int] = []
  }

  let heap: AnalyzedHeap
  var closures: ClosureSurvey
  let forest: ScopeForest
  private(set) var found: [UnreadVariables.Scope] = []
  private(set) var untoldScripts: [String] = []

  init(heap: AnalyzedHeap, closures: ClosureSurvey, forest: ScopeForest) {
    self.heap = heap
    self.closures = closures
    self.forest = forest
  }

  mutating func run() {
    var order: [Int] = []
    var groups: [Int: Group] = [:]
    var untold: Set<Int> = []
    for (node, info) in closures.contexts {
      if groups[info] == nil {
        guard let identifier = closures.integer(of: info, .scopeID),
          let script = closures.script(ofScopeInfo: info), closures.scripts.contains(script),
          untold.contains(script) == false
        else { continue }
        guard forest.scripts.contains(UInt32(script)) else {
          untold.insert(script)
          continue
        }
        let key = ScopeForest.Key(script: UInt32(script), scope: Int64(identifier))
        guard let scope = forest.numbers[key] else { continue }
        groups[info] = group(scope, info, script, firstContext: node)
        order.append(info)
      }
      groups[info]?.contexts.append(node)
    }
    let scopes = order.compactMap { groups[$0].flatMap(unread) }
    found = scopes.sorted { Self.isBefore($0.contexts[0], $1.contexts[0]) }
    untoldScripts = untold.sorted().map(closures.scriptName)
  }

  private func group(_ scope: Int, _ info: Int, _ script: Int, firstContext: Int) -> Group {
    let name = closures.target(of: info, .functionName).map { heap.name(of: UInt32($0)) }
    return Group(
      scope: scope,
      names: variables(of: firstContext).map { heap.graph.edgeName[$0] },
      start: closures.integer(of: info, .startPosition) ?? 0,
      end: closures.integer(of: info, .endPosition) ?? 0,
      function: name ?? "",
      script: script
    )
  }

  /// The references to a context's variables.
  private func variables(of context: Int) -> [Int] {
    closures.edges(of: context).filter {
      heap.graph.edgeKind[$0] == EdgeKind.context.rawValue
    }
  }

  /// Nil where each variable in each context is read.
  private func unread(_ group: Group) -> UnreadVariables.Scope? {
    let slots = group.names.map { name in
      forest.variables[group.scope].first { $0.name == name }
    }
    let contexts = group.contexts.compactMap { context -> UnreadVariables.Context? in
      let unread = zip(variables(of: context), slots).compactMap { edge, slot in
        slot.flatMap { isRead($0, in: context, of: group) ? nil : variable(edge) }
      }
      guard unread.isEmpty == false else { return nil }
      return UnreadVariables.Context(
        id: heap.graph.nodeID[context],
        retainedSize: heap.retainedSize(of: UInt32(context)),
        variables: unread.enumerated()
          .sorted { ($1.element.retainedSize, $0.offset) < ($0.element.retainedSize, $1.offset) }
          .map(\.element),
        variablesSize: unread.reduce(0) { $0 &+ $1.retainedSize },
        node: context
      )
    }
    guard contexts.isEmpty == false else { return nil }
    return UnreadVariables.Scope(
      script: closures.scriptName(group.script),
      function: group.function,
      start: group.start,
      end: group.end,
      variableCount: group.names.count,
      contexts: contexts.sorted(by: Self.isBefore)
    )
  }

  /// Whether a living closure of a reading scope, or of one around it, can reach the context.
  private func isRead(_ variable: ScopeForest.Variable, in context: Int, of group: Group) -> Bool {
    variable.readers.contains { reader in
      var scope: Int? = reader
      while let number = scope {
        let key = ScopeForest.Key(script: UInt32(group.script), scope: forest.keys[number].scope)
        if closures.reached[key]?.contains(context) == true { return true }
        scope = forest.parents[number]
      }
      return false
    }
  }

  private func variable(_ edge: Int) -> UnreadVariables.Variable {
    let value = heap.graph.edgeTarget[edge]
    return UnreadVariables.Variable(
      name: heap.graph.names[Int(heap.graph.edgeName[edge])],
      valueID: heap.graph.nodeID[Int(value)],
      valueName: heap.name(of: value),
      className: heap.className(of: value),
      selfSize: heap.selfSize(of: value),
      retainedSize: heap.retainedSize(of: value)
    )
  }

  private static func isBefore(_ a: UnreadVariables.Context, _ b: UnreadVariables.Context) -> Bool {
    (b.variablesSize, b.retainedSize, a.node) < (a.variablesSize, a.retainedSize, b.node)
  }
}

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

/// The scopes of all scripts, each with its variables and who reads them.
struct ScopeForest {
  struct Key: Hashable {
    let script: UInt32
    let scope: Int64
  }

  struct Variable {
    let name: UInt32
    /// Numbers of scopes.
    var readers: [Int] = []
  }

  private(set) var keys: [Key] = []
  private(set) var parents: [Int?] = []
  private(set) var variables: [[Variable]] = []
  private(set) var numbers: [Key: Int] = [:]
  private(set) var scripts: Set<UInt32> = []

  init(_ tables: ScopeTables, _ names: StringTable) {
    var open: [Int] = []
    for (number, row) in tables.scopes.enumerated() {
      let key = Key(script: row.script, scope: row.identifier)
      if let last = keys.last, last.script != row.script { open.removeAll() }
      parents.append(row.depth > 0 && row.depth <= open.count ? open[row.depth - 1] : nil)
      if row.depth < open.count { open.removeLast(open.count - row.depth) }
      open.append(number)
      keys.append(key)
      variables.append(tables.variables[row.variables].map { Variable(name: $0) })
      numbers[key] = number
      scripts.insert(row.script)
    }
    for row in tables.scopes {
      guard let reader = numbers[Key(script: row.script, scope: row.identifier)] else { continue }
      for use in tables.uses[row.uses] {
        guard let owner = numbers[Key(script: row.script, scope: use.declaringScope)],
          let slot = Int(exactly: use.slot), variables[owner].indices.contains(slot),
          variables[owner][slot].readers.contains(reader) == false
        else { continue }
        variables[owner][slot].readers.append(reader)
      }
    }
  }
}

/// What is alive of closures, contexts and scripts.
struct ClosureSurvey {
  enum Link: UInt8 {
    case none, shared, context, script, scopeID, previous, scopeInfo, outerScopeInfo
    case nameOrScopeInfo, startPosition, endPosition, functionName, sourceURL, value

    static let names: [String: Link] = [
      "shared": .shared, "context": .context, "script": .script, "scope_id": .scopeID,
      "previous": .previous, "scope_info": .scopeInfo, "outer_scope_info": .outerScopeInfo,
      "name_or_scope_info": .nameOrScopeInfo, "start_position": .startPosition,
      "end_position": .endPosition, "function_name": .functionName, "source_url": .sourceURL,
      "value": .value,
    ]
  }

  private enum NodeRole: UInt8 {
    case none, script, context, sharedFunctionInfo, scopeInfo, integer
  }

  let graph: HeapGraph
  /// Per name.
  private let links: [Link]
  private let nodeRoles: [NodeRole]

  /// In the order of the file, those with a scope info.
  private(set) var contexts: [(node: Int, scopeInfo: Int)] = []
  private(set) var scripts: Set<Int> = []
  /// The script of a function's scope info.
  private(set) var scriptOfScopeInfo: [Int: Int] = [:]
  /// The contexts that living closures of a scope can reach.
  private(set) var reached: [ScopeForest.Key: Set<Int>] = [:]

  init(_ heap: AnalyzedHeap) {
    graph = heap.graph
    let names = graph.names
    links = (0..<names.count).map { index in
      // The longest of them.
      names.utf8(index).count > 18 ? .none : Link.names[names[index]] ?? .none
    }
    nodeRoles = (0..<names.count).map { Self.role(names.utf8($0)) }
    var closures: [(context: Int, key: ScopeForest.Key)] = []
    for node in 0..<graph.nodeCount {
      switch nodeRoles[Int(graph.nodeName[node])] {
      case .script: scripts.insert(node)
      case .context: if let info = target(of: node, .scopeInfo) { contexts.append((node, info)) }
      case let role:
        if graph.nodeKind[node] == NodeKind.closure.rawValue {
          if let closure = closure(node) { closures.append(closure) }
        } else if role == .sharedFunctionInfo {
          addScopeInfo(of: node)
        }
      }
    }
    for (context, key) in closures { reach(context, key) }
  }

  private static func role(_ name: UnsafeBufferPointer<UInt8>) -> NodeRole {
    if name.elementsEqual("int".utf8) { return .integer }
    guard name.starts(with: "system / S".utf8) || name.starts(with: "system / C".utf8) else {
      return .none
    }
    if name.starts(with: "system / Script".utf8) { return .script }
    if name.starts(with: "system / SharedFunctionInfo".utf8) { return .sharedFunctionInfo }
    if name.elementsEqual("system / ScopeInfo".utf8) { return .scopeInfo }
    let isContext =
      name.elementsEqual("system / Context".utf8) || name.starts(with: "system / Context / ".utf8)
    return isContext ? .context : .none
  }

  func isContext(_ node: Int) -> Bool { nodeRoles[Int(graph.nodeName[node])] == .context }

  func edges(of node: Int) -> Range<Int> {
    Int(graph.firstEdge[node])..<Int(graph.firstEdge[node + 1])
  }

  /// The target of the first internal reference that is called so.
  func target(of node: Int, _ link: Link) -> Int? {
    for edge in edges(of: node)
    where graph.edgeKind[edge] == EdgeKind.internal.rawValue
      && links[Int(graph.edgeName[edge])] == link
    {
      return Int(graph.edgeTarget[edge])
    }
    return nil
  }

  /// The number that newer V8 draws as a node with a node for its digits.
  func integer(of node: Int, _ link: Link) -> Int? {
    guard let number = target(of: node, link),
      graph.nodeKind[number] == NodeKind.number.rawValue,
      nodeRoles[Int(graph.nodeName[number])] == .integer, let value = target(of: number, .value)
    else { return nil }
    return Int(graph.names[Int(graph.nodeName[value])])
  }

  private func closure(_ node: Int) -> (context: Int, key: ScopeForest.Key)? {
    guard let shared = target(of: node, .shared), let context = target(of: node, .context),
      let script = target(of: shared, .script), let scope = integer(of: shared, .scopeID)
    else { return nil }
    return (context, ScopeForest.Key(script: UInt32(script), scope: Int64(scope)))
  }

  private mutating func addScopeInfo(of function: Int) {
    guard let info = target(of: function, .nameOrScopeInfo),
      nodeRoles[Int(graph.nodeName[info])] == .scopeInfo,
      let script = target(of: function, .script),
      nodeRoles[Int(graph.nodeName[script])] == .script
    else { return }
    scriptOfScopeInfo[info] = script
  }

  private mutating func reach(_ context: Int, _ key: ScopeForest.Key) {
    var next: Int? = context
    while let node = next, isContext(node), reached[key, default: []].insert(node).inserted {
      next = target(of: node, .previous)
    }
  }

  /// The script of a scope info or of the nearest one around it that has one.
  mutating func script(ofScopeInfo info: Int) -> Int? {
    var (current, seen) = (info, [Int]())
    var visited: Set<Int> = []
    var found = scriptOfScopeInfo[current]
    while found == nil, visited.insert(current).inserted {
      seen.append(current)
      guard let outer = target(of: current, .outerScopeInfo) else { break }
      current = outer
      found = scriptOfScopeInfo[current]
    }
    if let found { for info in seen { scriptOfScopeInfo[info] = found } }
    return found
  }

  func scriptName(_ script: Int) -> String {
    let name = graph.names[Int(graph.nodeName[script])]
    let prefix = "system / Script / "
    if name.hasPrefix(prefix), name != prefix { return String(name.dropFirst(prefix.count)) }
    guard let url = target(of: script, .sourceURL) else { return "" }
    return graph.names[Int(graph.nodeName[url])]
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

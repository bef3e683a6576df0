internal import HeapModel

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

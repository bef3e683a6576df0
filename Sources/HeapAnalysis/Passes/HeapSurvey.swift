internal import HeapModel

/// One walk over all objects and references in the order of the file: it writes `Links` and the
/// flag bytes, and notes what only names can tell, so that no later walk reads a name.
struct HeapSurvey {
  static let noNode = UInt32.max

  let graph: HeapGraph
  let roles: NameRoles
  let detached: DetachedState
  let links: Links
  /// `NodeFlags` per object.
  let flags: PooledArray<UInt8>
  /// The target of each object's first internal reference `map`, or `noNode`.
  let map: PooledArray<UInt32>
  /// Objects with a reference `native_context` to a native context, ascending, and that context.
  private(set) var nativeContextReferences: [(node: UInt32, context: UInt32)] = []
  private(set) var nativeContexts: [UInt32] = []
  /// The elements of objects named `Array`.
  private(set) var arrayElements: [(array: UInt32, elements: UInt32)] = []

  private static let hasNoArraySize: [Bool] = NodeKind.allCases.map { kind in
    [.hidden, .native, .code, .string, .concatenatedString, .slicedString].contains(kind)
  }

  init(graph: HeapGraph, roles: NameRoles, detached: DetachedState, pool: MemoryPool) {
    self.graph = graph
    self.roles = roles
    self.detached = detached
    links = Links(graph: graph, pool: pool)
    flags = pool.array(count: graph.nodeCount)
    map = pool.array(count: graph.nodeCount)
  }

  /// - Throws: `AnalysisError.inconsistentGraph` when an index of the graph leads outside it; the
  ///   later passes rely on this check and make none of their own.
  mutating func run() throws(AnalysisError) {
    try flagObjects()
    try linkReferences()
    for (_, elements) in arrayElements {
      flags[Int(elements)] |= NodeFlags.countsReferences
    }
  }

  /// Whether DevTools takes the object for a native context.
  func isNativeContext(_ node: Int) -> Bool {
    switch roles[graph.nodeName[node]] {
    case .nativeContext, .nativeContextWithOrigin: true
    case .detachedNativeContext: !detached.isDetached(UInt32(node))
    default: false
    }
  }

  private mutating func flagObjects() throws(AnalysisError) {
    let nameCount = UInt32(graph.names.count)
    guard graph.nodeName.elements.allSatisfy({ $0 < nameCount }) else {
      throw .inconsistentGraph("an object's name is not in the table of names")
    }
    let kinds = graph.nodeKind.elements
    let names = graph.nodeName.elements
    let role = roles.role.base
    let flags = self.flags.base
    let ownerless = NodeFlags.ownable | NodeFlags.ownerOpen | NodeFlags.contextOpen
    for node in 0..<graph.nodeCount {
      var flag = NodeFlags.contextOpen
      let nameRole = role[Int(names[node])]
      let kind = kinds[node]
      if kind == NodeKind.hidden.rawValue {
        flag = ownerless
        if nameRole == NameRole.nativeContext.rawValue { flag |= NodeFlags.filtersDistances }
      } else if kind == NodeKind.array.rawValue {
        flag = ownerless
        if nameRole == NameRole.mapDescriptors.rawValue { flag |= NodeFlags.filtersDistances }
      } else if nameRole == NameRole.externalStringData.rawValue,
        kind == NodeKind.native.rawValue, !detached.isDetached(UInt32(node))
      {
        flag = ownerless
      }
      if nameRole >= NameRole.nativeContext.rawValue,
        nameRole <= NameRole.detachedNativeContext.rawValue, isNativeContext(node)
      {
        nativeContexts.append(UInt32(node))
      }
      flags[node] = flag
    }
  }

  private mutating func linkReferences() throws(AnalysisError) {
    let kinds = graph.edgeKind.elements
    let edgeNames = graph.edgeName.elements
    let targets = graph.edgeTarget.elements
    let firstEdge = graph.firstEdge.elements
    let role = roles.role.base
    let rowStart = links.rowStart.base
    let specialBits = links.special.words
    let map = self.map.base
    let specialKinds = Self.bits(.weak, .shortcut)
    let numberedKinds = Self.bits(.element, .hidden)
    let nodeCount = UInt32(graph.nodeCount)
    let nameCount = UInt32(graph.names.count)
    let edgeCount = UInt64(graph.edgeCount)
    var isInside = true
    /// The bits of the word that is being filled.
    var special: UInt64 = 0
    var edge = 0
    for node in 0..<graph.nodeCount {
      rowStart[node] = UInt32(truncatingIfNeeded: edge)
      var mapTarget = Self.noNode
      guard firstEdge[node + 1] <= edgeCount, firstEdge[node] == UInt64(edge) else {
        throw .inconsistentGraph("the references of object \(node) are not in order")
      }
      let end = Int(truncatingIfNeeded: firstEdge[node + 1])
      while edge < end {
        let kind = kinds[edge]
        let target = targets[edge]
        let name = edgeNames[edge]
        let kindBit: UInt32 = 1 &<< UInt32(kind)
        isInside =
          isInside && target < nodeCount && (name < nameCount || numberedKinds & kindBit != 0)
        var isSpecial =
          specialKinds & kindBit != 0 || target == UInt32(truncatingIfNeeded: node)
        if kind == EdgeKind.internal.rawValue {
          guard isInside else { break }
          let nameRole = role[Int(name)]
          if nameRole == NameRole.map.rawValue {
            if mapTarget == Self.noNode { mapTarget = target }
          } else if nameRole == NameRole.weakMapPair.rawValue {
            isSpecial = true
          } else if nameRole != 0 {
            note(NameRole(rawValue: nameRole), node, target)
          }
        }
        special |= (isSpecial ? 1 : 0) &<< UInt64(truncatingIfNeeded: edge & 63)
        if edge & 63 == 63 {
          specialBits[edge &>> 6] = special
          special = 0
        }
        edge &+= 1
      }
      guard edge == end, isInside else {
        throw .inconsistentGraph("a reference of object \(node) leads outside the heap")
      }
      map[node] = mapTarget
    }
    specialBits[edge &>> 6] = special
    rowStart[graph.nodeCount] = UInt32(truncatingIfNeeded: edge)
  }

  private static func bits(_ kinds: EdgeKind...) -> UInt32 {
    kinds.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
  }

  private mutating func note(_ role: NameRole?, _ node: Int, _ target: UInt32) {
    if role == .nativeContextReference, isNativeContext(Int(target)),
      nativeContextReferences.last?.node != UInt32(node)
    {
      nativeContextReferences.append((UInt32(node), target))
    } else if role == .elements, roles[graph.nodeName[node]] == .array,
      !Self.hasNoArraySize[Int(graph.nodeKind[node])],
      arrayElements.last?.array != UInt32(node)
    {
      arrayElements.append((UInt32(node), target))
    }
  }
}

/// A heap as SpiderMonkey tells it, with references resolved: what a graph is made from.
struct SpiderMonkeyHeap {
  /// What a number of a coarse type means; the engine's own.
  enum CoarseType {
    static let other: UInt8 = 0
    static let object: UInt8 = 1
    static let script: UInt8 = 2
    static let string: UInt8 = 3
    static let domNode: UInt8 = 4
    static let count: UInt8 = 5
  }

  let coarseType: FlatArray<UInt8>
  // Names, 0 for none.
  let typeName: FlatArray<UInt32>
  let className: FlatArray<UInt32>
  let scriptName: FlatArray<UInt32>
  let descriptiveName: FlatArray<UInt32>

  let firstEdge: FlatArray<UInt64>
  /// `EdgeKind.element` for elements, `EdgeKind.property` for whatever else has a name.
  let edgeKind: FlatArray<UInt8>
  let edgeName: FlatArray<UInt32>
  let edgeTarget: FlatArray<UInt32>

  let names: StringTable
  let roles: SpiderMonkeyRoles

  var nodeCount: Int { coarseType.count }

  @inline(__always)
  func edges(of node: Int) -> Range<Int> {
    Int(firstEdge[node])..<Int(firstEdge[node + 1])
  }

  /// The role of an edge's name; none for elements.
  @inline(__always)
  func role(ofEdge edge: Int) -> SpiderMonkeyRole {
    edgeKind[edge] == EdgeKind.element.rawValue ? .none : roles[edgeName[edge]]
  }

  /// The role of an object's class; none for what is no object.
  @inline(__always)
  func classRole(_ node: Int) -> SpiderMonkeyRole {
    coarseType[node] == CoarseType.object ? roles[className[node]] : .none
  }

  /// The target of the node's first link of this role.
  func target(of node: Int, _ role: SpiderMonkeyRole) -> Int? {
    for edge in edges(of: node) where self.role(ofEdge: edge) == role {
      return Int(edgeTarget[edge])
    }
    return nil
  }

  /// Whether an edge is a link of the engine's, which the program cannot name.
  func isLink(_ edge: Int, from source: Int) -> Bool {
    switch role(ofEdge: edge) {
    case .slot, .link, .functionScript, .reflectedNode, .weakLink: true
    case .shape: roles[typeName[Int(edgeTarget[edge])]] == .typeShape
    case .globalLink: classRole(source) == .classGlobal
    default: coarseType[source] != CoarseType.object
    }
  }
}

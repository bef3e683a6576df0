/// What the functions of a heap are called.
///
/// The engine does not tell the text of a function's name, so a function is called as it is
/// referred to: by a variable rather than by a property of the global object, and rather by that
/// than by a property of any other object. Of several names the first of the alphabet is taken,
/// which is the same one in every snapshot.
struct SpiderMonkeyFunctions {
  /// The name of each node that is a function, 0 for none.
  let name: FlatArray<UInt32>

  private enum Holder: UInt8 {
    case environment = 1
    case global = 2
    case object = 3
  }

  init(_ heap: SpiderMonkeyHeap) {
    name = FlatArray(repeating: 0, count: heap.nodeCount)
    let holders = FlatArray<UInt8>(repeating: UInt8.max, count: heap.nodeCount)
    for source in 0..<heap.nodeCount
    where heap.coarseType[source] == SpiderMonkeyHeap.CoarseType.object {
      let holder = Self.holder(heap.classRole(source)).rawValue
      for edge in heap.edges(of: source) where heap.edgeKind[edge] != EdgeKind.element.rawValue {
        let target = Int(heap.edgeTarget[edge])
        guard heap.classRole(target) == .classFunction, holder <= holders[target],
          Self.isName(heap.role(ofEdge: edge)), heap.isLink(edge, from: source) == false
        else { continue }
        let candidate = heap.edgeName[edge]
        if holder == holders[target] {
          let (new, old) = (heap.names.utf8(Int(candidate)), heap.names.utf8(Int(name[target])))
          guard new.lexicographicallyPrecedes(old) else { continue }
        }
        holders[target] = holder
        name[target] = candidate
      }
    }
  }

  private static func holder(_ role: SpiderMonkeyRole) -> Holder {
    switch role {
    case .classEnvironment: .environment
    case .classGlobal: .global
    default: .object
    }
  }

  private static func isName(_ role: SpiderMonkeyRole) -> Bool {
    switch role {
    case .prototype, .constructor, .hiddenVariable, .globalLink, .slot, .link: false
    default: true
    }
  }
}

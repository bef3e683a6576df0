/// Edges in the order of their sources.
final class SortedEdges {
  let firstEdge: FlatArray<UInt64>
  let kind: FlatArray<UInt8>
  let name: FlatArray<UInt32>
  let target: FlatArray<UInt32>

  init(firstEdge: FlatArray<UInt64>, count: Int) {
    self.firstEdge = firstEdge
    kind = FlatArray(repeating: 0, count: count)
    name = FlatArray(repeating: 0, count: count)
    target = FlatArray(repeating: 0, count: count)
  }

  /// Appends `holder`, the next node, with an element edge to each of `nodes`, and gives the root
  /// a last element edge to it.
  func attach(_ nodes: [UInt32], to holder: UInt32, under root: UInt32) {
    let place = Int(firstEdge[Int(root) + 1])
    let rootEdgeCount = place - Int(firstEdge[Int(root)])
    kind.insert(EdgeKind.element.rawValue, at: place)
    name.insert(UInt32(rootEdgeCount), at: place)
    target.insert(holder, at: place)
    for node in Int(root) + 1..<firstEdge.count { firstEdge[node] += 1 }

    for (index, node) in nodes.enumerated() {
      kind.append(EdgeKind.element.rawValue)
      name.append(UInt32(index))
      target.append(node)
    }
    firstEdge.append(UInt64(target.count))
  }
}

/// The edges of a graph in its own order, while those to missing nodes are taken out.
struct EdgeRuns {
  let firstEdge: FlatArray<UInt64>
  let kind: FlatArray<UInt8>
  let name: FlatArray<UInt32>
  let target: FlatArray<UInt32>

  /// Keeps the edges of the nodes there are that lead to one of them; closes the gaps.
  func removeDangling() {
    let nodeCount = firstEdge.count - 1
    var kept = 0
    var start = 0
    for node in 0..<nodeCount {
      let end = Int(firstEdge[node + 1])
      for edge in start..<end where target[edge] < nodeCount {
        kind[kept] = kind[edge]
        name[kept] = name[edge]
        target[kept] = target[edge]
        kept += 1
      }
      firstEdge[node + 1] = UInt64(kept)
      start = end
    }
    kind.truncate(to: kept)
    name.truncate(to: kept)
    target.truncate(to: kept)
  }
}

extension FlatArray<UInt64> {
  /// Adds the places of the first edges of further nodes, in an array that begins with 0: behind
  /// each node's own place stands the next one's, and last how many edges there are.
  ///
  /// - Parameter edgeCounts: how many edges each of the nodes has.
  func add(edgeCounts: UnsafeBufferPointer<Int64>) throws(SnapshotError) {
    var edge = self[count - 1]
    let place = grow(by: edgeCounts.count)
    for (node, edgeCount) in edgeCounts.enumerated() {
      guard edgeCount >= 0, edge < 1 << 62 else {
        throw SnapshotError(.malformed, "a node with \(edgeCount) edges")
      }
      edge &+= UInt64(edgeCount)
      place[node] = edge
    }
  }
}

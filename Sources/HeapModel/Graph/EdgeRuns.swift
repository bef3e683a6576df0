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

internal import HeapModel

/// One object, as lists show it.
package struct ObjectRow: Hashable, Sendable {
  package let ordinal: UInt32
  package let id: UInt64
  package let name: String
  package let className: String
  /// Bytes.
  package let selfSize: UInt64
  package let retainedSize: UInt64
  package let distance: Int32
}

extension AnalyzedHeap {
  package func objectRow(_ node: UInt32) -> ObjectRow {
    ObjectRow(
      ordinal: node,
      id: graph.nodeID[Int(node)],
      name: name(of: node),
      className: className(of: node),
      selfSize: selfSize(of: node),
      retainedSize: retainedSize(of: node),
      distance: distance(of: node)
    )
  }

  /// The objects with the largest retained sizes, largest first; equals by id.
  ///
  /// One pass over the heap, with a list of `limit`.
  package func largest(_ limit: Int) -> [ObjectRow] {
    guard limit > 0 else { return [] }
    var kept: [UInt32] = []
    var least: UInt64 = 0
    func isBefore(_ a: UInt32, _ b: UInt32) -> Bool {
      let sizes = (retainedSize(of: a), retainedSize(of: b))
      return sizes.0 != sizes.1
        ? sizes.0 > sizes.1 : graph.nodeID[Int(a)] < graph.nodeID[Int(b)]
    }
    for number in 1..<dominators.vertex.count {
      let size = dominators.retainedSize.base[number]
      if kept.count >= limit, size < least { continue }
      kept.append(dominators.vertex.base[number])
      if kept.count >= 2 * limit + 64 {
        kept.sort(by: isBefore)
        kept.removeLast(kept.count - limit)
        least = retainedSize(of: kept[limit - 1])
      }
    }
    kept.sort(by: isBefore)
    return kept.prefix(limit).map(objectRow)
  }
}

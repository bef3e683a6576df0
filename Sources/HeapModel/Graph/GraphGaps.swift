/// Counts what is left out while a graph is made of a part of a snapshot.
///
/// A layout that is given one mends its columns before it checks them: only nodes whose edges have
/// all come stay, only edges between such nodes, and names that did not come are called missing.
final class GraphGaps {
  /// What ended the reading; nil where the reader found nothing wrong.
  let failure: SnapshotError?
  private let end: UInt64
  var omittedNodeCount = 0
  var omittedEdgeCount = 0
  var lacksNames = false
  /// Why something that is told beside the graph was left out.
  var misfit: SnapshotError?

  /// - Parameter end: how many bytes the snapshot has, or where it breaks.
  init(failure: SnapshotError?, end: UInt64) {
    self.failure = failure
    self.end = end
  }

  /// Nil where nothing is missing.
  func reading(of header: SnapshotHeader) -> PartialReading? {
    let isWhole = omittedNodeCount == 0 && omittedEdgeCount == 0 && lacksNames == false
    let error = failure ?? misfit
    guard error != nil || isWhole == false else { return nil }
    return PartialReading(
      byteOffset: error?.byteOffset ?? end,
      reason: error?.message ?? "what it refers to is not in it",
      declaredNodeCount: header.declaredNodeCount,
      omittedNodeCount: omittedNodeCount,
      omittedEdgeCount: omittedEdgeCount,
      lacksNames: lacksNames
    )
  }
}

extension FlatArray<UInt64> {
  /// Of the nodes whose first edges these are, how many in front have all their edges among the
  /// first `edgeCount`.
  func wholeNodeCount(of nodeCount: Int, edgeCount: Int) -> Int {
    var count = 0
    while count < nodeCount, self[count + 1] <= UInt64(edgeCount) { count += 1 }
    return count
  }
}

extension FlatArray<UInt32> {
  /// Replaces the names that are not in `table` by one that says so, which is added to it.
  ///
  /// - Parameter isName: of which elements this is asked.
  func replaceMissingNames(
    in table: StringTable,
    where isName: (Int) -> Bool = { _ in true }
  ) -> Bool {
    let nameCount = UInt32(clamping: table.count)
    var missing: UInt32?
    for index in elements.indices where elements[index] >= nameCount && isName(index) {
      let name = missing ?? table.appendMissingName()
      missing = name
      elements[index] = name
    }
    return missing != nil
  }
}

extension StringTable {
  fileprivate func appendMissingName() -> UInt32 {
    var name = PartialReading.missingName
    name.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    return UInt32(count - 1)
  }
}

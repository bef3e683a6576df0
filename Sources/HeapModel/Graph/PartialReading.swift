/// What a graph lacks whose snapshot breaks off or is damaged.
package struct PartialReading: Hashable, Sendable {
  /// Where it breaks, in bytes of the unpacked snapshot.
  package let byteOffset: UInt64
  /// Why it could not be read on, or what does not fit together in it.
  package let reason: String
  /// How many objects the snapshot says it has; nil where the engine does not write that.
  package let declaredNodeCount: UInt64?
  /// Objects that came, but not all of their references.
  package let omittedNodeCount: Int
  /// References that came, but belong or lead to an object that is not in the graph.
  package let omittedEdgeCount: Int
  /// Whether an object or a reference has a name that did not come.
  package let lacksNames: Bool

  /// What stands for a name that did not come.
  package static let missingName = "(name missing)"

  package init(
    byteOffset: UInt64,
    reason: String,
    declaredNodeCount: UInt64?,
    omittedNodeCount: Int,
    omittedEdgeCount: Int,
    lacksNames: Bool
  ) {
    self.byteOffset = byteOffset
    self.reason = reason
    self.declaredNodeCount = declaredNodeCount
    self.omittedNodeCount = omittedNodeCount
    self.omittedEdgeCount = omittedEdgeCount
    self.lacksNames = lacksNames
  }
}

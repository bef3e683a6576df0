package import HeapModel

/// What an agent adds to a snapshot that the engine does not know.
package struct SnapshotProvenance: Hashable, Sendable {
  package var redaction: RedactionNote
  /// In which ids may be compared; nil where that was not known when the snapshot began.
  package var identity: IdentityEpoch?

  package init(redaction: RedactionNote = .none, identity: IdentityEpoch? = nil) {
    self.redaction = redaction
    self.identity = identity
  }
}

/// Decides what to do with the numbered messages of one agent on one stream.
///
/// The agent sends again what was not acknowledged, so a number at or below the last committed one
/// is a repetition. A number that leaves some out says how many messages are lost for good.
package struct SequenceTracker: Sendable {
  package enum OnMessage: Hashable, Sendable {
    /// Commit it, then say so with `committed`.
    case take
    /// As above, after counting what is missing before it.
    case takeAfterLoss(count: UInt64)
    /// It is committed: only acknowledge again.
    case repeated
    /// A message without a number has no place here.
    case malformed
  }

  /// The last number that is committed.
  package private(set) var acknowledged: UInt64

  package init(acknowledged: UInt64) {
    self.acknowledged = acknowledged
  }

  package func received(_ sequence: UInt64) -> OnMessage {
    if sequence == 0 { return .malformed }
    if sequence <= acknowledged { return .repeated }
    let missing = sequence - acknowledged - 1
    return missing == 0 ? .take : .takeAfterLoss(count: missing)
  }

  package mutating func committed(_ sequence: UInt64) {
    acknowledged = max(acknowledged, sequence)
  }
}

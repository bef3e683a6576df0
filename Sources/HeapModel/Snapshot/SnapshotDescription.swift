/// What became of a capture, in the same words everywhere.
package enum CaptureState: UInt8, Sendable, Hashable, CaseIterable {
  case running = 1
  case complete = 2
  /// Cut short, with a reason; never shown as complete.
  case incomplete = 3
  /// Not begun, with the numbers that spoke against it.
  case refused = 4

  package var name: String {
    switch self {
    case .running: "running"
    case .complete: "complete"
    case .incomplete: "incomplete"
    case .refused: "refused"
    }
  }
}

/// The undisturbed stretch of one inspector session in which object ids mean the same objects.
///
/// Two snapshots may be compared by id only if isolate and epoch are equal and every anchor
/// (object ids of builtin objects by fixed paths) agrees; else by class, shape and path.
package struct IdentityEpoch: Hashable, Sendable {
  /// The runtime's own name for the heap, such as `Runtime.getIsolateId` says it.
  package var isolate: String
  /// Random, new whenever the ids may have been reset.
  ///
  /// Empty for a snapshot outside a series.
  package var epoch: String
  package var anchors: [UInt64]

  package init(isolate: String, epoch: String, anchors: [UInt64]) {
    self.isolate = isolate
    self.epoch = epoch
    self.anchors = anchors
  }

  package func allowsComparisonByID(with other: IdentityEpoch) -> Bool {
    !epoch.isEmpty && self == other
  }
}

/// How values were treated before the snapshot left its host.
package struct RedactionNote: Hashable, Sendable {
  /// `none` until redaction is built.
  package var mode: String
  package var policyID: String

  package init(mode: String, policyID: String) {
    self.mode = mode
    self.policyID = policyID
  }

  package static let none = RedactionNote(mode: "none", policyID: "none-1")
}

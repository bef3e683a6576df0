/// How a session behaves; the same for every runtime.
package struct SessionOptions: Hashable, Sendable {
  /// 64 random bits: they name epochs, and give call ids that no other client uses (Bun sends
  /// every reply to every client).
  package var nonce: UInt64
  /// Use the heap domain of a Bun that another client uses too, at that client's expense.
  package var takesOverBusyTarget: Bool
  /// The inspector is ours: the last session that leaves it in good order has the program close it,
  /// unless somebody else is connected.
  package var closesInspector: Bool
  package var limits: SessionLimits

  package init(
    nonce: UInt64,
    takesOverBusyTarget: Bool = false,
    closesInspector: Bool = false,
    limits: SessionLimits = SessionLimits()
  ) {
    self.nonce = nonce
    self.takesOverBusyTarget = takesOverBusyTarget
    self.closesInspector = closesInspector
    self.limits = limits
  }
}

/// When a session stops waiting.
package struct SessionLimits: Hashable, Sendable {
  /// A target that has not answered for so long is called unresponsive, and waited for.
  package var unresponsiveAfter = Duration.seconds(3)
  /// A target that has not answered for so long is let go of.
  ///
  /// Generous: another client's snapshot of 500 MB stops it for over a minute, and a synchronous
  /// child process for as long as it likes.
  package var givesUpAfter = Duration.seconds(300)
  /// How long leaving without a trace may take before we leave with one.
  package var detachesWithin = Duration.seconds(2)
  /// How long a series may hold object ids, which slows the target.
  package var seriesLength = Duration.seconds(600)
  /// How long a snapshot may show no sign of life, beside a part for the heap's size.
  package var snapshotSilence = Duration.seconds(30)
  package var snapshotSilencePerMegabyte = Duration.milliseconds(300)
  /// How many requests may wait for their turn.
  package var queueLength = 8

  package init() {}
}

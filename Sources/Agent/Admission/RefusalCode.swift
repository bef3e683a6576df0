/// Why a command was not carried out, as a short word for programs.
///
/// The words travel in `CommandUpdate.reason_code` and stand in the command line's JSON: they
/// never change.
package enum RefusalCode: String, Sendable, Hashable, CaseIterable {
  /// The growth does not fit into free memory or under a control group's limit.
  case noMemory
  /// The agent's configuration allows no snapshots, none of so large a heap, none so long.
  case disabled
  case heapTooLarge
  case pauseTooLong
  /// The budget of the rule that matches the process: too much growth is expected, or as many
  /// snapshots as it allows in a day were taken.
  case growthTooLarge
  case budgetSpent
  /// The spool has no room for it.
  case spoolFull
  /// The spool's disk failed.
  case spoolFailed
  /// Another client of the same inspector spoiled it.
  case interrupted
  /// It took longer than the agent's configuration allows.
  case timeLimit
  /// The target is not there (any more).
  case gone
  /// The target ended while we were at it.
  case targetGone
  case exiting
  /// A developer's own session has the target.
  case inUse
  /// Another command is running on the target, or another capture on the host.
  case busy
  /// The target's engine cannot do it.
  case notSupported
  /// The command came after its deadline, or its deadline passed while it ran.
  case expired
  /// There is no inspector to do it with.
  case noInspector
  /// The target did not answer.
  case noAnswer
  /// The agent ended and another one took over its spool.
  case agentRestarted
  /// The agent was told to end.
  case agentStopped
  /// Nobody waits for it any more.
  case abandoned
  /// The target sent what nobody could read.
  case malformed
}

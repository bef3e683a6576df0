package import HeapModel
package import InspectorProtocols

/// What a connection tells of its target.
package enum TargetReport: Sendable {
  /// The inspector has answered who it is.
  case recognised(RuntimeAnnouncement)
  case attached(SessionDescription)
  case capabilitiesChanged(Capabilities, detail: String)
  case becameUnresponsive
  case becameResponsive
  case reading(UsageReading)
  case seriesEnded
  case retitled(String)
  /// The heap lives in this process now; 0 where that is the one that was connected to, or not known.
  case moved(processID: Int32)
  /// The target has one more heap than a connection watches.
  case heapPassedOver
  /// A file that the target wrote for us is read.
  case fileOpened
  /// Such a file cannot be read, or not further, for this reason.
  case fileUnread(String)
  /// Another client came to the inspector, or left it.
  case companyChanged(Bool)
  /// The connection is over; the last report.
  case ended(ConnectionEnd)
}

/// Why a connection to a target is over.
package enum ConnectionEnd: Sendable, Hashable {
  /// We left.
  case detached
  /// The program ends; there is nothing to come back to.
  case exiting
  /// The socket was closed, or could not be opened. Trying again may help.
  case lost(String)
  /// Another client has it. Trying again may help when that one has left.
  case inUse(String)
  /// It did not answer, though it may live. Trying again later may help.
  case unresponsive
  /// What listens there cannot be used; it is not to be asked again.
  case unusable(String)
}

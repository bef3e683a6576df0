internal import Connections
internal import Glibc
internal import Synchronization

/// Whether an inspector that we are connected to has another client: a developer's tools, as a rule.
///
/// The kernel's list of connections tells. To write it the kernel walks a table of all that it could
/// hold, which takes milliseconds however few there are, so one list serves all targets for a while.
package final class InspectorCompany: Sendable {
  private struct Reading {
    var time: ContinuousClock.Instant
    var connections: EstablishedConnections
  }

  private let table: any ProcessTable
  private let ownProcessID: Int32
  /// By network namespace; nil is ours.
  private let last = Mutex<[UInt64?: Reading]>([:])

  /// - Parameter ownProcessID: ours, in our network namespace.
  package init(_ table: any ProcessTable = ProcFileSystem(), ownProcessID: Int32 = getpid()) {
    self.table = table
    self.ownProcessID = ownProcessID
  }

  /// Whether a connection stands that is none of ours; false where that cannot be seen.
  ///
  /// - Parameter age: how old the list may be that this is read from.
  package func isPresent(
    at endpoint: InspectorEndpoint,
    now: ContinuousClock.Instant,
    age: Duration
  ) -> Bool {
    let namespace = endpoint.address.namespace?.inode
    return last.withLock { last in
      if let last = last[namespace], now - last.time < age {
        return last.connections.others(at: endpoint.address) > 0
      }
      // Those of containers that are gone are not kept.
      last = last.filter { now - $0.value.time < .seconds(60) }
      let connections = EstablishedConnections(
        to: endpoint.address,
        ours: ownProcessID,
        of: table
      )
      last[namespace] = Reading(time: now, connections: connections)
      return connections.others(at: endpoint.address) > 0
    }
  }

  static let detail =
    "another client is connected to its inspector: what the program printed and the ids of its "
    + "objects are left as they are"
}

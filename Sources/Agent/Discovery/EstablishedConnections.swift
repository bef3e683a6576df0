internal import Connections
internal import Glibc

/// Which of a host's servers have clients at the moment, and which of these are ours.
struct EstablishedConnections {
  /// Where the clients of each server are.
  private var clients: [SocketAddress: [SocketAddress]] = [:]
  /// Our own ends.
  private var ours: Set<SocketAddress> = []

  /// - Parameters:
  ///   - address: in the network namespace that is meant
  ///   - ownProcessID: ours
  init(
    to address: SocketAddress,
    ours ownProcessID: Int32 = getpid(),
    of table: some ProcessTable
  ) {
    let process = address.namespace?.processID ?? ownProcessID
    // What is opened or closed meanwhile is ours in one of the two lists.
    var ownSockets = ProcessSockets.inodes(of: ownProcessID, from: table)
    var ends: [ConnectionEnds] = []
    for name in ["net/tcp", "net/tcp6"] {
      let text = table.contents(of: process, name, limit: 64 << 20) ?? []
      ends += ListeningSocketList.connections(String(decoding: text, as: UTF8.self))
    }
    ownSockets.formUnion(ProcessSockets.inodes(of: ownProcessID, from: table))
    for end in ends {
      clients[end.near, default: []].append(end.far)
      if ownSockets.contains(end.inode) { ours.insert(end.near) }
    }
  }

  /// How many connections of others to this address stand.
  func others(at address: SocketAddress) -> Int {
    (clients[address.inside] ?? []).count { ours.contains($0) == false }
  }
}

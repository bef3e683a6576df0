internal import Connections

/// Which of a host's servers have clients at the moment.
struct EstablishedConnections {
  private var servers: [SocketAddress: Int] = [:]

  /// - Parameter process: one in the network namespace that is meant.
  init(through process: Int32, of table: some ProcessTable) {
    for name in ["net/tcp", "net/tcp6"] {
      let text = table.contents(of: process, name, limit: 64 << 20) ?? []
      let ends = ListeningSocketList.internet(
        String(decoding: text, as: UTF8.self),
        in: .established
      )
      for end in ends { servers[end.address, default: 0] += 1 }
    }
  }

  /// Whether a connection to this address stands.
  func contains(_ address: SocketAddress) -> Bool {
    count(to: address) > 0
  }

  /// How many connections to this address stand.
  func count(to address: SocketAddress) -> Int {
    servers[address.inside] ?? 0
  }
}

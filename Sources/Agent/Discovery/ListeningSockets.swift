package import Connections

/// A socket on which a process accepts connections, as the kernel lists it.
package struct ListeningSocket: Sendable, Hashable {
  package var address: SocketAddress
  package var inode: UInt64
  /// Who made it; nil where the list does not tell (Unix sockets).
  package var userID: UInt32?

  package init(address: SocketAddress, inode: UInt64, userID: UInt32? = nil) {
    self.address = address
    self.inode = inode
    self.userID = userID
  }

  package var port: UInt16? {
    if case .tcp(_, let port) = address { port } else { nil }
  }

  /// The address by which this host reaches it; nil if it does not listen on loopback.
  package var loopbackAddress: SocketAddress? {
    guard case .tcp(let address, let port) = address else { return address }
    let reachable = address.reachableLocally
    return reachable.isLoopback ? .tcp(reachable, port: port) : nil
  }
}

/// A connection as one of its sockets has it.
struct ConnectionEnds: Hashable {
  var near: SocketAddress
  var far: SocketAddress
  var inode: UInt64
}

/// Reads the listening sockets out of `net/tcp`, `net/tcp6` and `net/unix`.
///
/// Each list is that of the network namespace of the process through which it was read.
enum ListeningSocketList {
  /// The kernel's number of what a socket is doing.
  enum State: Substring {
    case established = "01"
    case listening = "0A"
  }

  /// The ends of connections that stand; one on this host has two, each with its own inode.
  static func connections(_ text: String) -> [ConnectionEnds] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard
        fields.count > 9, fields[3] == State.established.rawValue,
        let near = address(fields[1]), let far = address(fields[2]), let inode = UInt64(fields[9])
      else { return nil }
      return ConnectionEnds(near: near, far: far, inode: inode)
    }
  }

  /// A line is `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …`, its
  /// addresses in hexadecimal, each 32-bit word as the number that its four bytes in memory are.
  static func internet(_ text: String) -> [ListeningSocket] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard
        fields.count > 9, fields[3] == State.listening.rawValue,
        let address = address(fields[1]),
        let userID = UInt32(fields[7]), let inode = UInt64(fields[9])
      else { return nil }
      return ListeningSocket(address: address, inode: inode, userID: userID)
    }
  }

  /// A line is `Num RefCount Protocol Flags Type St Inode Path`; flag 0x10000 is "accepting".
  static func unix(_ text: String) -> [ListeningSocket] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
      guard
        fields.count == 8,
        let flags = UInt32(fields[3], radix: 16), flags & 0x1_0000 != 0,
        let inode = UInt64(fields[6])
      else { return nil }
      return ListeningSocket(address: .unix(path: String(fields[7])), inode: inode)
    }
  }

  private static func address(_ text: Substring) -> SocketAddress? {
    let halves = text.split(separator: ":")
    guard halves.count == 2, let port = UInt16(halves[1], radix: 16) else { return nil }
    var bytes: [UInt8] = []
    var rest = halves[0]
    while rest.utf8.count >= 8, let word = UInt32(rest.prefix(8), radix: 16) {
      withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
      rest = rest.dropFirst(8)
    }
    return IPAddress(bytes: bytes).map { .tcp($0, port: port) }
  }
}

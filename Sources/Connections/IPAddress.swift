internal import CSockets

/// A numeric IPv4 or IPv6 address.
///
/// Names are never resolved: an agent that looks names up can be led anywhere.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// 4 or 16 bytes, in the order of the network.
  package let bytes: [UInt8]

  /// Reads a numeric address, or `localhost`, which stands for 127.0.0.1.
  package init?(_ text: String) {
    guard text != "localhost" else {
      self = .loopbackV4
      return
    }
    var buffer = [UInt8](repeating: 0, count: 16)
    let length = csockets_parse_address(text, &buffer)
    guard length > 0 else { return nil }
    bytes = Array(buffer.prefix(Int(length)))
  }

  /// - Parameter bytes: 4 or 16 of them, in the order of the network.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  private init(known bytes: [UInt8]) {
    self.bytes = bytes
  }

  package static let loopbackV4 = IPAddress(known: [127, 0, 0, 1])
  package static let loopbackV6 = IPAddress(known: Array(repeating: 0, count: 15) + [1])

  /// Whether it leads to this host and nowhere else: 127.0.0.0/8, ::1, and the former inside IPv6.
  package var isLoopback: Bool {
    if let embedded { return embedded[0] == 127 }
    return bytes.count == 4 ? bytes[0] == 127 : self == .loopbackV6
  }

  /// Whether a listener bound to it takes connections on every address.
  package var isUnspecified: Bool {
    (embedded ?? bytes).allSatisfy { $0 == 0 }
  }

  /// The address by which this host reaches a listener bound to this one.
  package var reachableLocally: IPAddress {
    guard isUnspecified else { return self }
    return bytes.count == 4 || embedded != nil ? .loopbackV4 : .loopbackV6
  }

  /// The IPv4 address inside an IPv6 one (::ffff:a.b.c.d).
  private var embedded: [UInt8]? {
    guard bytes.count == 16, bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 255,
      bytes[11] == 255
    else { return nil }
    return Array(bytes[12...])
  }

  package var description: String {
    guard bytes.count == 16 else {
      return bytes.map { String($0) }.joined(separator: ".")
    }
    if self == .loopbackV6 { return "::1" }
    let groups = stride(from: 0, to: 16, by: 2).map { index -> String in
      let group = UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
      return String(group, radix: 16)
    }
    return groups.joined(separator: ":")
  }
}

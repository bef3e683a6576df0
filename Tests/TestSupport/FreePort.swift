internal import Glibc

package struct NoFreePort: Error {}

/// A port of 127.0.0.1 that was free a moment ago, for a program that does not say which it took.
package func freePort() throws -> UInt16 {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = inet_addr("127.0.0.1")
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let status = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { general in
      bind(descriptor, general, length) == 0 ? getsockname(descriptor, general, &length) : -1
    }
  }
  guard status == 0 else { throw NoFreePort() }
  return UInt16(bigEndian: address.sin_port)
}

import Foundation

/// A plain socket that listens and never accepts: to a client it looks like a dead listener.
final class ListeningSocket: Sendable {
  private let descriptor: Int32
  /// The port, for one on loopback.
  let port: Int

  init(path: String) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    self.descriptor = descriptor
    self.port = 0
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
    }
    guard bound == 0, listen(descriptor, 16) == 0 else { throw POSIXError(.EADDRINUSE) }
  }

  /// On a free port of 127.0.0.1.
  init() throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    self.descriptor = descriptor
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, size) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, generic, &size) == 0
      }
    }
    guard descriptor >= 0, bound else { throw POSIXError(.EADDRINUSE) }
    self.port = Int(UInt16(bigEndian: address.sin_port))
  }

  func close() {
    _ = Foundation.close(descriptor)
  }
}

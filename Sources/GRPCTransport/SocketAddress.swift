internal import Glibc

/// An address in the form of the socket calls.
struct SocketAddress: Sendable {
  private var storage = sockaddr_storage()
  private var length = socklen_t(0)

  var family: Int32 { Int32(storage.ss_family) }

  /// Nil for a host name without an address.
  ///
  /// May ask the resolver, and then block for seconds.
  init?(resolving address: ListenAddress) {
    switch address {
    case .unix(let path):
      self.init(path: path)
    case .tcp(let host, let port):
      self.init(host: host.lowercased() == "localhost" ? "127.0.0.1" : host, port: port)
    }
  }

  private init?(path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    withUnsafeBytes(of: address) { bytes in
      withUnsafeMutableBytes(of: &storage) { $0.copyBytes(from: bytes) }
    }
    length = socklen_t(MemoryLayout<sockaddr_un>.size)
  }

  private init?(host: String, port: Int) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0, let list else { return nil }
    defer { freeaddrinfo(list) }
    guard let address = list.pointee.ai_addr,
      Int(list.pointee.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size
    else { return nil }
    length = list.pointee.ai_addrlen
    withUnsafeMutableBytes(of: &storage) {
      $0.copyBytes(from: UnsafeRawBufferPointer(start: address, count: Int(length)))
    }
  }

  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// Binds and listens for a moment; answers what the system objects to, nil if nothing.
  ///
  /// Not for paths, where trying would leave a file.
  func tryToListen() -> Int32? {
    guard family != AF_UNIX else { return nil }
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    var reuse: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
    guard withPointer({ bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1) == 0 else {
      return errno
    }
    return nil
  }
}

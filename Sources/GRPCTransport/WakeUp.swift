internal import Glibc

/// Two descriptors by which one thread wakes another that waits in `poll`.
struct WakeUp: ~Copyable, Sendable {
  enum Cause {
    case deadline
    case signal
  }

  /// Becomes readable with the signal, and stays so.
  let reader: Int32
  private let writer: Int32

  init() throws(TransportError) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
      throw TransportError(.cannotListen, "No socket: \(String(cString: strerror(errno))).")
    }
    reader = ends[0]
    writer = ends[1]
  }

  deinit {
    close(reader)
    close(writer)
  }

  func signal() {
    var byte: UInt8 = 1
    _ = write(writer, &byte, 1)
  }

  func wait(until deadline: ContinuousClock.Instant) -> Cause {
    var descriptors = [pollfd(fd: reader, events: Int16(POLLIN), revents: 0)]
    while true {
      let left = deadline - .now
      if left <= .zero { return .deadline }
      if poll(&descriptors, 1, Int32(clamping: left.wholeMilliseconds)) > 0 { return .signal }
    }
  }
}

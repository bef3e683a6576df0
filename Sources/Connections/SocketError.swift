internal import CSockets
internal import Glibc

/// Why a connection could not be made or went away.
package struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the caller can do about it, which is all a caller should switch on.
  package enum Code: Hashable, Sendable {
    /// Nobody listens there, or the address cannot be reached. Trying later may help.
    case unreachable
    /// It took longer than the caller was ready to wait. Trying again may help.
    case timedOut
    /// The connection is over: closed by us, by the peer, or by the network.
    case closed
    /// The peer spoke what the protocol does not allow; trying again will not help.
    case malformed
    /// The peer sent more than we are ready to hold.
    case tooLarge
    /// The address is none that we connect to.
    case forbidden
    /// This process or host is short of something, such as descriptors.
    case system
  }

  package let code: Code
  package let message: String
  /// The system's number for it; 0 where the system was not asked.
  package let systemError: Int32

  package init(_ code: Code, _ message: String, systemError: Int32 = 0) {
    self.code = code
    self.message = message
    self.systemError = systemError
  }

  /// - Parameters:
  ///   - failure: a negative errno, as the functions of `CSockets` answer it
  ///   - action: what was tried, and on what: "connect to 127.0.0.1:9229"
  init(failure: Int, _ action: String) {
    let number = Int32(truncatingIfNeeded: -failure)
    let code: Code =
      switch number {
      case ECONNREFUSED, ENOENT, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EAGAIN, EADDRNOTAVAIL:
        .unreachable
      case ETIMEDOUT: .timedOut
      case ECONNRESET, EPIPE, ENOTCONN, ECONNABORTED, EBADF: .closed
      default: .system
      }
    let words = String(cString: csockets_describe(number))
    self.init(code, "cannot \(action): \(words)", systemError: number)
  }

  package var description: String { message }
}

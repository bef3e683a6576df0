internal import Glibc
internal import Synchronization

/// The worker's end of the socket between it and its guardian.
///
/// A byte now and then says that the worker lives. When the guardian is gone the socket says so,
/// and the worker lets go of its targets and ends as well: nobody would help them if it hung.
package struct Lifeline: Sendable {
  /// The worker finds its end under this descriptor.
  package static let descriptor: Int32 = 3

  enum Sign {
    static let alive = UInt8(ascii: "a")
    static let ready = UInt8(ascii: "r")
  }

  /// Nil in a process that no guardian started.
  package init?() {
    var kind: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard
      getsockopt(Self.descriptor, SOL_SOCKET, SO_TYPE, &kind, &length) == 0,
      fcntl(Self.descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { return nil }
  }

  package func sayAlive() { say(Sign.alive) }

  package func sayReady() { say(Sign.ready) }

  private func say(_ sign: UInt8) {
    var byte = sign
    _ = send(Self.descriptor, &byte, 1, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
  }

  package var isGuardianGone: Bool {
    var byte: UInt8 = 0
    return recv(Self.descriptor, &byte, 1, Int32(MSG_DONTWAIT)) == 0
  }
}

internal import Glibc
internal import Synchronization

/// Text for the two standard streams.
package enum Output {
  /// Writes text to standard output, where results go.
  package static func standard(_ text: String) {
    write(Array(text.utf8), to: STDOUT_FILENO)
  }

  /// Writes bytes to standard output, where results go.
  package static func standard(_ bytes: [UInt8]) {
    write(bytes, to: STDOUT_FILENO)
  }

  /// Writes text to standard error, where everything goes that is not the result.
  package static func error(_ text: String) {
    write(Array(text.utf8), to: STDERR_FILENO)
  }

  /// Whether results were lost for another reason than that their reader went away.
  static var hasFailed: Bool { failed.load(ordering: .relaxed) }
  private static let failed = Atomic(false)

  /// Writes all of it, or nothing more once the other side is gone.
  private static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while rest.isEmpty == false {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EAGAIN {
        // Whoever shares it with us made it not wait.
        var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&place, 1, -1)
        continue
      }
      guard count > 0 || errno == EINTR else {
        if descriptor == STDOUT_FILENO, errno != EPIPE { failed.store(true, ordering: .relaxed) }
        return
      }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}

/// The variables of the environment.
package enum Environment {
  /// The value of a variable, or nil if it is not set or empty, which is meant the same.
  package static func value(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }
}

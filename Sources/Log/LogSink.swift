internal import Glibc

/// Where lines of the log go.
package protocol LogSink: Sendable {
  /// Writes one line with its end, without waiting; answers false if it could not.
  func write(_ line: [UInt8]) -> Bool
}

/// A descriptor, standard error as a rule.
package struct DescriptorLogSink: LogSink {
  private let descriptor: Int32

  package static let standardError = DescriptorLogSink(descriptor: STDERR_FILENO)

  package init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Does not wait for a reader that has stopped reading: that would stop the program too.
  ///
  /// A pipe that `poll` calls writable takes `LogLine.byteLimit` bytes at once and whole.
  package func write(_ line: [UInt8]) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&request, 1, 0) == 1, request.revents & Int16(POLLOUT) != 0 else { return false }
    var rest = line[...]
    while rest.isEmpty == false {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return false }
      rest = rest.dropFirst(max(count, 0))
    }
    return true
  }
}

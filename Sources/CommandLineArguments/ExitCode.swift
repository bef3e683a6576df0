/// How a program ends, the same for every command, so that scripts can rely on it.
package struct ExitCode: RawRepresentable, Hashable, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// All was done.
  package static let ok = ExitCode(rawValue: 0)
  /// Something was not done.
  package static let failed = ExitCode(rawValue: 1)
  /// The command line was wrong; nothing was tried.
  package static let usage = ExitCode(rawValue: 2)
  /// All was done, and what was found should stop a pipeline: a leak, growth.
  package static let finding = ExitCode(rawValue: 3)
}

/// The command line is wrong; a sentence for the person who wrote it.
///
/// The parser throws it, and so may a command that finds out later: `--target` and `--selector`
/// both given. The program prints it with the command's usage and exits with 2.
package struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  package let message: String

  package init(_ message: String) {
    self.message = message
  }

  package var description: String { message }
}

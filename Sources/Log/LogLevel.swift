/// How much a line of the log matters.
package enum LogLevel: UInt8, Comparable, CaseIterable, Sendable {
  /// For whoever hunts a bug in Retinue itself.
  case debug
  /// What a person wants to read the day after: started, attached, captured.
  case info
  /// Something did not go as it should, and Retinue went on by itself.
  case warning
  /// Something was not done, and a person should look.
  case error

  /// The word in the log and on the command line.
  package var name: String {
    switch self {
    case .debug: "debug"
    case .info: "info"
    case .warning: "warning"
    case .error: "error"
    }
  }

  /// The level of that name.
  package init?(name: String) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }

  package static func < (left: LogLevel, right: LogLevel) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// How a line of the log is written.
package enum LogFormat: String, CaseIterable, Sendable {
  /// `time=2026-03-01T12:30:00.250Z level=info msg=attached pid=12`
  case logfmt
  /// One JSON object a line, with the same keys.
  case json
}

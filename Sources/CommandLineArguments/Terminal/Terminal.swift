internal import Glibc

/// What one of the standard streams is connected to.
package struct Terminal: Sendable {
  /// Whether a person sees it as it is written.
  package let isTerminal: Bool
  /// Columns; nil where there is no end to a line.
  package let width: Int?
  package let allowsColour: Bool

  package init(isTerminal: Bool, width: Int?, allowsColour: Bool) {
    self.isTerminal = isTerminal
    self.width = width
    self.allowsColour = allowsColour
  }

  /// Neither columns nor colours: a file, a pipe, a test.
  package static let none = Terminal(isTerminal: false, width: nil, allowsColour: false)

  /// Standard output as it is now.
  package static var standardOutput: Terminal {
    Terminal(descriptor: STDOUT_FILENO, environment: Environment.value)
  }

  /// Standard error as it is now.
  package static var standardError: Terminal {
    Terminal(descriptor: STDERR_FILENO, environment: Environment.value)
  }

  /// Asks the system about a descriptor.
  ///
  /// Colours are left out where `NO_COLOR` says so (no-color.org), and on terminals without any.
  package init(descriptor: Int32, environment: (String) -> String?) {
    guard isatty(descriptor) == 1 else {
      self = .none
      return
    }
    var size = winsize()
    let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    isTerminal = true
    width = known ? Int(size.ws_col) : environment("COLUMNS").flatMap { Int($0) } ?? 80
    allowsColour = environment("NO_COLOR") == nil && environment("TERM") != "dumb"
  }

  /// How text can look, for meaning and never without words that say the same.
  package enum Style: String, Sendable {
    case plain = ""
    case bold = "1"
    case red = "31"
    case yellow = "33"
  }

  /// The text in that style, where this terminal has styles.
  package func styled(_ text: String, _ style: Style) -> String {
    guard allowsColour, style != .plain else { return text }
    return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
  }
}

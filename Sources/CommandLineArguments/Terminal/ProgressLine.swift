internal import Synchronization

/// One line at the bottom of the terminal that says what is going on, and then is gone.
///
/// Only where standard error is a terminal; everywhere else nothing is written, so logs and pipes
/// stay clean. At most ten times a second, whatever is reported.
package final class ProgressLine: Sendable {
  private struct State {
    var isShown = false
    var lastShown: ContinuousClock.Instant?
  }

  private static let shortestPause = Duration.milliseconds(100)

  private let terminal: Terminal
  private let write: @Sendable (String) -> Void
  private let now: @Sendable () -> ContinuousClock.Instant
  private let state = Mutex(State())

  package init(
    terminal: Terminal = .standardError,
    write: @escaping @Sendable (String) -> Void = Output.error,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.terminal = terminal
    self.write = write
    self.now = now
  }

  /// Shows a text instead of the one before; it is not computed where nobody sees it.
  package func show(_ text: @autoclosure () -> String) {
    guard terminal.isTerminal else { return }
    state.withLock { state in
      let now = now()
      if let last = state.lastShown, now - last < Self.shortestPause { return }
      state.lastShown = now
      state.isShown = true
      // One column is left free: a full line would scroll some terminals.
      let width = max((terminal.width ?? 80) - 1, 1)
      let line = DisplayText.beginning(DisplayText.safe(text()), width: width)
      write("\r\u{1B}[K\(line)")
    }
  }

  /// Takes the line away; to be called before other output, and at the end.
  package func clear() {
    state.withLock { state in
      guard state.isShown else { return }
      state = State()
      write("\r\u{1B}[K")
    }
  }
}

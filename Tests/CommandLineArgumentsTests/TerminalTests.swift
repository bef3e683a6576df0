import CommandLineArguments
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite struct TerminalTests {
  @Test func `a pipe is no terminal`() {
    var ends: [Int32] = [0, 0]
    expect(pipe(&ends), equals: 0)
    defer { ends.forEach { close($0) } }

    let terminal = Terminal(descriptor: ends[1]) { _ in nil }

    expect(terminal.isTerminal, equals: false)
    #expect(terminal.width == nil)
    expect(terminal.styled("x", .red), equals: "x")
  }

  @Test func `a terminal has a width, and colours unless they are not wanted`() throws {
    // posix_openpt and its like are hidden from Swift: TIOCSPTLCK unlocks, TIOCGPTN tells the name.
    let main = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var (lock, number): (Int32, UInt32) = (0, 0)
    try #require(main >= 0)
    try #require(ioctl(main, 0x4004_5431, &lock) == 0 && ioctl(main, 0x8004_5430, &number) == 0)
    let side = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    try #require(side >= 0)
    defer {
      close(side)
      close(main)
    }
    var size = winsize(ws_row: 24, ws_col: 97, ws_xpixel: 0, ws_ypixel: 0)
    try #require(ioctl(main, UInt(TIOCSWINSZ), &size) == 0)

    let terminal = Terminal(descriptor: side) { ["TERM": "xterm"][$0] }
    #expect(terminal.isTerminal)
    expect(terminal.width, equals: 97)
    expect(terminal.styled("x", .red), equals: "\u{1B}[31mx\u{1B}[0m")
    expect(Terminal(descriptor: side) { ["NO_COLOR": "1"][$0] }.allowsColour, equals: false)
    expect(Terminal(descriptor: side) { ["TERM": "dumb"][$0] }.allowsColour, equals: false)
  }
}

@Suite struct ProgressLineTests {
  /// What was written, and a clock that stands still.
  private final class Screen: Sendable {
    let written = Mutex<[String]>([])
    let time = Mutex(ContinuousClock.now)

    func line(_ terminal: Terminal) -> ProgressLine {
      ProgressLine(
        terminal: terminal,
        write: { text in self.written.withLock { $0.append(text) } },
        now: { self.time.withLock { $0 } }
      )
    }

    func pass(_ duration: Duration) { time.withLock { $0 += duration } }
  }

  private let screen = Screen()

  @Test func `the line is replaced, and gone at the end`() {
    let line = screen.line(Terminal(isTerminal: true, width: 10, allowsColour: true))

    line.show("1 of 3")
    screen.pass(.milliseconds(100))
    line.show("a line that is too long")
    line.clear()
    line.clear()

    expect(
      screen.written.withLock { $0 },
      equals: ["\r\u{1B}[K1 of 3", "\r\u{1B}[Ka line t…", "\r\u{1B}[K"]
    )
  }

  @Test func `no more than ten lines a second`() {
    let line = screen.line(Terminal(isTerminal: true, width: 80, allowsColour: true))

    for count in 0..<1_000 {
      line.show("\(count)")
      screen.pass(.milliseconds(1))
    }

    expect(screen.written.withLock { $0.count }, equals: 10)
  }

  @Test func `nothing is written where nobody sees it`() {
    let line = screen.line(.none)
    var computed = 0
    func text() -> String {
      computed += 1
      return "x"
    }

    line.show(text())
    line.clear()

    expect(computed, equals: 0)
    #expect(screen.written.withLock { $0.isEmpty })
  }
}

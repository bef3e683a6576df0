import Glibc
import Log
import Synchronization
import TestSupport
import Testing

@Suite struct LoggerTests {
  /// Keeps the lines; refuses them while it is closed.
  private final class Lines: LogSink {
    private let state = Mutex((lines: [String](), isClosed: false))

    func write(_ line: [UInt8]) -> Bool {
      state.withLock { state in
        guard state.isClosed == false else { return false }
        state.lines.append(String(decoding: line, as: UTF8.self))
        return true
      }
    }

    func close(_ isClosed: Bool) { state.withLock { $0.isClosed = isClosed } }

    var all: [String] { state.withLock { $0.lines } }
  }

  private struct Host: LogValue, CustomStringConvertible {
    let description = "web-1"
  }

  private let lines = Lines()

  private func logger(_ format: LogFormat = .logfmt, level: LogLevel = .info) -> Logger {
    Logger(level: level, format: format, sink: lines) { 1_767_225_600_250_000_000 }
  }

  @Test func `logfmt is one line of keys and values`() {
    logger().info(
      "attached",
      ["pid": 12, "share": 0.5, "ok": true, "host": Host(), "big": UInt64.max]
    )

    expect(
      lines.all,
      equals: [
        "time=2026-01-01T00:00:00.250Z level=info msg=attached pid=12 share=0.5 ok=true host=web-1"
          + " big=18446744073709551615\n"
      ]
    )
  }

  @Test func `JSON is one object a line`() {
    logger(.json).warning("two words", ["pid": 12, "rate": Double.infinity, "name": "a\"b"])

    expect(
      lines.all,
      equals: [
        #"{"time":"2026-01-01T00:00:00.250Z","level":"warning","msg":"two words","pid":12,"#
          + #""rate":"inf","name":"a\"b"}"# + "\n"
      ]
    )
  }

  @Test(arguments: [
    ("plain-text_1/2", "plain-text_1/2"), ("two words", #""two words""#), ("", #""""#),
    ("a=b", #""a=b""#), ("a\"b\\c", #""a\"b\\c""#), ("a\nb\r\tc", #""a\nb\r\tc""#),
    ("\u{1B}[31mred\u{9B}", #""\u001b[31mred\u009b""#), ("Zoë", "\"Zoë\""),
  ])
  func `text cannot break out of its line`(_ text: String, written: String) {
    logger().info("x", ["value": text])

    expect(lines.all.first?.hasSuffix(" value=\(written)\n"), equals: true, "\(lines.all)")
  }

  @Test func `lines below the level cost nothing`() {
    var computed = 0
    func expensive() -> String {
      computed += 1
      return "x"
    }
    let log = logger(level: .warning)

    log.debug(expensive(), ["a": expensive()])
    log.info(expensive())
    expect(computed, equals: 0)
    log.error(expensive(), ["a": expensive()])
    expect(computed, equals: 2)
    expect(lines.all.count, equals: 1)
  }

  @Test func `a derived logger adds its fields in front`() {
    let log = logger().with(["target": "t1"]).with(["session": 3])

    log.info("gone", ["pid": 4])

    expect(lines.all.first?.hasSuffix("msg=gone target=t1 session=3 pid=4\n"), equals: true)
  }

  @Test func `dropped lines are counted in the next one`() {
    let log = logger()

    lines.close(true)
    log.info("a")
    log.with(["x": 1]).info("b")
    lines.close(false)
    log.info("c")
    log.info("d")

    expect(lines.all.count, equals: 2)
    #expect(lines.all[0].hasSuffix("msg=c dropped=2\n"))
    #expect(lines.all[1].hasSuffix("msg=d\n"))
  }

  @Test(arguments: LogFormat.allCases)
  func `no line is longer than a pipe takes at once`(_ format: LogFormat) {
    let long = String(repeating: "é\n", count: 10_000)

    logger(format).info(long, ["a": long, "b": long, "c": long, "d": long, "e": 1])

    let line = lines.all[0]
    #expect(line.utf8.count <= 4096)
    #expect(line.hasSuffix(format == .json ? #""e":1,"cut":true}"# + "\n" : "e=1 cut=true\n"))
    #expect(line.contains("…"))
  }

  @Test func `a reader that stopped reading does not stop the program`() {
    var ends: [Int32] = [0, 0]
    expect(pipe(&ends), equals: 0)
    defer {
      close(ends[0])
      close(ends[1])
    }
    let log = Logger(sink: DescriptorLogSink(descriptor: ends[1]))

    for number in 0..<5_000 {
      log.info("a line that goes nowhere", ["number": number])
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    let count = read(ends[0], &buffer, buffer.count)
    log.info("after")
    let rest = read(ends[0], &buffer[count], buffer.count - count)

    let text = String(decoding: buffer[..<(count + rest)], as: UTF8.self)
    let written = text.split(separator: "\n")
    let dropped = written.last?.split(separator: "dropped=").last.flatMap { Int($0) }
    #expect(written.dropLast().allSatisfy { $0.contains("msg=\"a line that goes nowhere\"") })
    expect(dropped, equals: 5_000 - (written.count - 1))
  }

  @Test func `lines of many tasks are whole`() async {
    let log = logger()

    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for number in 0..<100 { log.info("x", ["task": task, "number": number]) }
        }
      }
    }

    expect(Set(lines.all).count, equals: 800)
    #expect(lines.all.allSatisfy { $0.hasPrefix("time=") && $0.hasSuffix("\n") })
  }

  @Test func `levels have names`() {
    #expect(LogLevel.allCases.allSatisfy { LogLevel(name: $0.name) == $0 })
    #expect(LogLevel(name: "loud") == nil)
  }
}

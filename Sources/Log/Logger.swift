internal import Glibc
internal import Synchronization

/// Writes what happened to standard error, a line each, for people and for log collectors.
///
/// - Any thread or task may log; lines are never mixed.
/// - Logging never waits. A line that cannot be written at once is dropped and counted, and the
///   count is in the next one that can, as `dropped`.
/// - A line below the level costs a comparison: its message and fields are not computed.
///
///     log.info("attached", ["target": target.id, "pid": target.pid])
package struct Logger: Sendable {
  package let level: LogLevel
  private let output: LogOutput
  /// Fields of every line, already told apart from those of a single one.
  private var context: [(key: String, value: LoggedValue)] = []

  package init(
    level: LogLevel = .info,
    format: LogFormat = .logfmt,
    sink: any LogSink = DescriptorLogSink.standardError,
    clock: @escaping @Sendable () -> UInt64 = Logger.wallClock
  ) {
    self.level = level
    output = LogOutput(format: format, sink: sink, clock: clock)
  }

  /// A logger that adds these fields to each of its lines, in front of their own.
  package func with(_ fields: KeyValuePairs<String, any LogValue>) -> Logger {
    var logger = self
    logger.context += fields.map { (key: $0.key, value: $0.value.logged) }
    return logger
  }

  package func debug(
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
  ) {
    log(.debug, message(), fields())
  }

  package func info(
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
  ) {
    log(.info, message(), fields())
  }

  package func warning(
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
  ) {
    log(.warning, message(), fields())
  }

  package func error(
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
  ) {
    log(.error, message(), fields())
  }

  package func log(
    _ level: LogLevel,
    _ message: @autoclosure () -> String,
    _ fields: @autoclosure () -> KeyValuePairs<String, any LogValue> = [:]
  ) {
    guard level >= self.level else { return }
    output.write(level, message(), context: context, fields: fields())
  }

  /// Nanoseconds since 1970, from the system; some 30 ns.
  package static func wallClock() -> UInt64 {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return UInt64(max(now.tv_sec, 0)) * 1_000_000_000 + UInt64(max(now.tv_nsec, 0))
  }
}

/// The one place where the lines of a logger and of those derived from it come together.
private final class LogOutput: Sendable {
  private let format: LogFormat
  private let sink: any LogSink
  private let clock: @Sendable () -> UInt64
  /// Lines that could not be written since the last one that could.
  private let dropped = Mutex(0)

  init(format: LogFormat, sink: any LogSink, clock: @escaping @Sendable () -> UInt64) {
    self.format = format
    self.sink = sink
    self.clock = clock
  }

  func write(
    _ level: LogLevel,
    _ message: String,
    context: [(key: String, value: LoggedValue)],
    fields: KeyValuePairs<String, any LogValue>
  ) {
    var line = LogLine(format: format)
    line.append("time", .text(RFC3339.string(nanosecondsSince1970: clock())))
    line.append("level", .text(level.name))
    line.append("msg", .text(message))
    for (key, value) in context { line.append(key, value) }
    for (key, value) in fields { line.append(key, value.logged) }
    dropped.withLock { dropped in
      if dropped > 0 { line.append("dropped", .integer(Int64(dropped))) }
      dropped = sink.write(line.finished()) ? 0 : dropped + 1
    }
  }
}

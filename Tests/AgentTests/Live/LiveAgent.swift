import Agent
import Configuration
import Log
import Synchronization
import TestSupport

/// An agent's worker in this process, for the programs that carry a mark.
final class LiveAgent: Sendable {
  let spool: TemporaryFolder
  private let stopping = Signal()
  private let task: Task<Void, any Error>
  private let lines = LineSink()

  /// What it has logged.
  var log: String { lines.text }

  init(
    collector: String,
    mark: String,
    spool: TemporaryFolder = TemporaryFolder(),
    metricsInterval: Duration = .seconds(1),
    _ change: (inout AgentConfiguration) -> Void = { _ in }
  ) async throws {
    self.spool = spool
    var configuration = try AgentConfiguration(parsing: Self.onlyMarked(mark))
    configuration.metricsInterval = metricsInterval
    change(&configuration)
    let worker = Worker(
      settings: AgentSettings(
        version: "test",
        collector: collector,
        spoolFolder: spool.path,
        configuration: configuration
      ),
      log: Logger(level: .debug, sink: lines),
      lifeline: nil
    )
    let isReady = Signal()
    let seen = isReady.count
    task = Task { [stopping] in
      try await worker.run(until: stopping) { isReady.raise() }
    }
    await isReady.wait(beyond: seen, atMost: .seconds(20))
  }

  static func onlyMarked(_ mark: String) -> String {
    """
    rules:
      - match: {environment: {RETINUE_ENVIRONMENT: \(mark)}}
        set: {environment: \(mark)}
      - match: {executable: "*"}
        ignore: true
    """
  }

  /// Tells it to end and waits until it has.
  func stop() async throws {
    stopping.raise()
    try await task.value
  }
}

/// Keeps what was logged.
final class LineSink: LogSink {
  private let bytes = Mutex<[UInt8]>([])

  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }

  func write(_ line: [UInt8]) -> Bool {
    bytes.withLock { $0 += line }
    return true
  }
}

import Foundation
import HeapModel
import Synchronization
import TestSupport

/// A real JavaScript program that a test started; an agent finds it by itself.
final class LiveProgram: Sendable {
  /// What all programs of a test carry as `RETINUE_ENVIRONMENT`, so that an agent under test leaves
  /// every other process of the host alone.
  let mark: String
  private let process: Mutex<Process>
  private let folder: TemporaryFolder

  var processID: Int32 { process.withLock { $0.processIdentifier } }

  /// How it ended, once it has: its exit code, or the signal that ended it.
  var exitStatus: Int32? {
    process.withLock { $0.isRunning ? nil : $0.terminationStatus }
  }

  convenience init(
    _ executable: String,
    _ runtime: RuntimeKind,
    script: String,
    mark: String,
    hasInspector: Bool = true,
    arguments: [String] = [],
    environment: [String: String] = [:]
  ) throws {
    let folder = TemporaryFolder()
    try folder.write("program.mjs", Array(script.utf8))
    let subcommand = runtime == .deno ? ["run", "-A"] : []
    var variables: [String: String] = [:]
    if hasInspector && runtime == .bun {
      variables["BUN_INSPECT"] = "ws://127.0.0.1:0/retinue-test"
    } else if hasInspector {
      variables["NODE_OPTIONS"] = "--inspect=127.0.0.1:0"
    }
    try self.init(
      executable,
      mark: mark,
      arguments: subcommand + arguments + [folder.file("program.mjs")],
      environment: variables.merging(environment) { $1 },
      folder: folder
    )
  }

  /// Starts a program that is told everything by its arguments.
  init(
    _ executable: String,
    mark: String,
    arguments: [String],
    environment: [String: String] = [:],
    folder: TemporaryFolder = TemporaryFolder()
  ) throws {
    self.mark = mark
    self.folder = folder
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment
    variables["RETINUE_ENVIRONMENT"] = mark
    process.environment = variables.merging(environment) { $1 }
    try folder.write("log", [])
    let log = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.file("log")))
    process.standardInput = Pipe()
    process.standardOutput = log
    process.standardError = log
    try withoutBlockedSignals { try process.run() }
    self.process = Mutex(process)
  }

  deinit {
    process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } }
  }

  var log: String { folder.text("log") }

  /// Waits until the program has written this.
  func wrote(_ text: String, within limit: Duration = .seconds(20)) async throws -> Bool {
    try await isEventuallyTrue(within: limit) { log.contains(text) }
  }

  func signal(_ number: Int32) {
    kill(processID, number)
  }

  /// How long it took to end; nil if it does not end in time.
  func timeToEnd(within limit: Duration) async throws -> Duration? {
    let began = ContinuousClock.now
    while ContinuousClock.now - began < limit {
      if process.withLock({ !$0.isRunning }) { return ContinuousClock.now - began }
      try await Task.sleep(for: .milliseconds(2))
    }
    return nil
  }
}

extension LiveProgram {
  /// Every runtime that is here and can be watched.
  static var runtimes: [(executable: String, runtime: RuntimeKind)] {
    Runtimes.nodes.map { ($0, .node) } + [Runtimes.deno].compactMap { $0 }.map { ($0, .deno) }
      + [Runtimes.bun].compactMap { $0 }.map { ($0, .bun) }
  }

  /// A server that ends in good order, holding `megabytes` of small objects.
  static func server(holding objects: Int = 1_000) -> String {
    """
    import http from 'node:http'
    class Held { constructor(i) { this.name = 'held ' + i; this.list = [i, i + 1] } }
    globalThis.held = Array.from({ length: \(objects) }, (_, i) => new Held(i))
    const server = http.createServer((request, response) => {
      console.log('REQUEST ' + request.url)
      response.end('ok')
    })
    server.listen(0, '127.0.0.1', () => console.log('READY'))
    process.on('SIGTERM', () => process.exit(0))
    """
  }
}

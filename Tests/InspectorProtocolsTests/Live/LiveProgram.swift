import Foundation
import HeapModel
import Synchronization
import TestSupport
import Testing

/// A real JavaScript program that a test started, with its inspector open on a free port.
final class LiveProgram: Sendable {
  let runtime: RuntimeKind
  let port: UInt16
  let path: String
  var processID: Int32 { process.withLock { $0.processIdentifier } }

  private let process: Mutex<Process>
  private let input: Mutex<FileHandle>
  private let output: OutputLines
  private let folder: URL

  /// Starts `script` and waits until its inspector listens.
  init(
    _ executable: String,
    runtime: RuntimeKind,
    script: String,
    arguments: [String] = []
  ) async throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("retinue-live-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appendingPathComponent("program.mjs")
    try Data(script.utf8).write(to: file)

    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    let flag = runtime == .bun ? "--inspect=127.0.0.1:0/retinue" : "--inspect=127.0.0.1:0"
    let options = runtime == .deno ? ["run", "-A", "--v8-flags=--expose-gc", flag] : [flag]
    process.arguments = options + [file.path] + arguments
    let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
    process.standardInput = inputPipe
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    let errors = OutputLines(errorPipe.fileHandleForReading)
    output = OutputLines(outputPipe.fileHandleForReading)
    try withoutBlockedSignals { try process.run() }
    self.runtime = runtime
    self.process = Mutex(process)
    input = Mutex(inputPipe.fileHandleForWriting)

    let line = try await errors.first { $0.contains("ws://") }
    (port, path) = try Self.address(in: line)
  }

  /// Port and path of the WebSocket that a line names.
  private static func address(in line: String) throws -> (UInt16, String) {
    let start = try #require(line.range(of: "ws://")).upperBound
    let address = line[start...].prefix { $0 != " " }
    let slash = try #require(address.firstIndex(of: "/"))
    let port = try #require(address[..<slash].split(separator: ":").last.flatMap { UInt16($0) })
    return (port, String(address[slash...]))
  }

  deinit {
    process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } }
    try? FileManager.default.removeItem(at: folder)
  }

  /// Waits for a line of the program's output.
  @discardableResult
  func line(_ isWanted: @escaping @Sendable (String) -> Bool) async throws -> String {
    try await output.first(where: isWanted)
  }

  /// Writes a line to the program.
  func send(_ line: String) {
    input.withLock { $0.write(Data((line + "\n").utf8)) }
  }

  /// Sends a line that is a word and waits for the answer, a line that begins with the word.
  func ask(_ word: String) async throws -> String {
    send(word)
    return String(try await line { $0.hasPrefix(word + " ") }.dropFirst(word.count + 1))
  }

  func signal(_ number: Int32) {
    kill(processID, number)
  }

  /// Waits for the program's end; nil if it does not come in time.
  func waitForEnd(within limit: Duration) async throws -> Int32? {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
      let status = process.withLock { $0.isRunning ? nil : $0.terminationStatus }
      if let status { return status }
      try await Task.sleep(for: .milliseconds(2))
    }
    return nil
  }
}

/// The lines that a program writes, each taken once.
private final class OutputLines: Sendable {
  struct Silent: Error {}

  private struct State {
    var rest = Data()
    var lines: [String] = []
    var isOver = false
  }

  private let state = Mutex(State())

  init(_ handle: FileHandle) {
    handle.readabilityHandler = { handle in
      let data = handle.availableData
      self.state.withLock { state in
        if data.isEmpty {
          state.isOver = true
          handle.readabilityHandler = nil
        }
        state.rest.append(data)
        while let end = state.rest.firstIndex(of: UInt8(ascii: "\n")) {
          state.lines.append(String(decoding: state.rest[..<end], as: UTF8.self))
          state.rest = state.rest[(end + 1)...]
        }
      }
    }
  }

  func first(where isWanted: @Sendable (String) -> Bool) async throws -> String {
    let end = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < end {
      let (line, isOver) = state.withLock { state -> (String?, Bool) in
        guard let index = state.lines.firstIndex(where: isWanted) else {
          return (nil, state.isOver)
        }
        return (state.lines.remove(at: index), state.isOver)
      }
      if let line { return line }
      if isOver { break }
      try await Task.sleep(for: .milliseconds(2))
    }
    throw Silent()
  }
}

import Foundation

/// The script beside the tests, and the interpreter that runs it.
enum Python {
  /// Whether there is a Python with grpcio.
  static let hasGRPC: Bool = {
    guard let python = TestProcess.find("python3") else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    // Without importing it, which takes a second of one of the pool's two threads.
    let test = "import importlib.util, sys; sys.exit(importlib.util.find_spec('grpc') is None)"
    process.arguments = ["-c", test]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  static let script = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent()
    .appendingPathComponent("Python/peer.py").path

  static func run(_ arguments: String...) async throws -> TestProcess.Outcome {
    try await TestProcess.run("python3", [script] + arguments, in: TemporaryFolder())
  }
}

/// `peer.py serve` in the background.
final class PythonServer: @unchecked Sendable {
  private let process = Process()
  private let input = Pipe()
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    process.executableURL = URL(fileURLWithPath: TestProcess.find("python3") ?? "python3")
    process.arguments = [Python.script, "serve"]
    process.standardInput = input
    process.standardOutput = try folder.fileForWriting("output")
    try process.run()
  }

  deinit {
    if process.isRunning { process.terminate() }
  }

  /// The port it serves on, once it does; 0 if that does not come.
  func port() async throws -> Int {
    for _ in 0..<300 {
      let output = try folder.read("output")
      if output.hasSuffix("\n"), let port = Int(output.dropLast()) { return port }
      try await Task.sleep(for: .milliseconds(100))
    }
    return 0
  }

  func pause() {
    kill(process.processIdentifier, SIGSTOP)
  }

  func resume() {
    kill(process.processIdentifier, SIGCONT)
  }

  func stop() {
    try? input.fileHandleForWriting.close()
  }
}

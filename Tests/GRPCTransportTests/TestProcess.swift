import Foundation

/// A private folder that goes away with its owner.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/retinue-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)
  }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: false, encoding: .utf8)
  }

  func fileForWriting(_ name: String) throws -> FileHandle {
    try write("", to: name)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func contents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}

/// Other programs that tests run.
enum TestProcess {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
  }

  static func find(_ program: String) -> String? {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs a program that ends by itself.
  ///
  /// Waits on a thread of its own: the pool has only two.
  static func run(
    _ program: String,
    _ arguments: [String],
    in folder: TemporaryFolder
  ) async throws -> Outcome {
    try await withCheckedThrowingContinuation { continuation in
      Thread { continuation.resume(with: Result { try runNow(program, arguments, in: folder) }) }
        .start()
    }
  }

  private static func runNow(
    _ program: String,
    _ arguments: [String],
    in folder: TemporaryFolder
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: find(program) ?? program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    // Files and not pipes: Foundation traps when a signal interrupts its reading.
    process.standardOutput = try folder.fileForWriting("output")
    process.standardError = try folder.fileForWriting("errors")
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus,
      output: try folder.read("output"),
      errors: try folder.read("errors")
    )
  }
}

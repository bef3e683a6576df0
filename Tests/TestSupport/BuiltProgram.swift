internal import Dispatch
internal import FoundationEssentials
internal import Glibc

/// Our own programs, as they were built, run like a user runs them.
package struct BuiltProgram: Sendable {
  package struct Outcome: Sendable {
    /// The exit code; 124 where it did not end in time.
    package let status: Int32
    package let output: String
    package let errors: String
  }

  package static let retinue = BuiltProgram(name: "retinue")
  package static let agent = BuiltProgram(name: "retinue-agent")

  /// The file, or nil where it is not built.
  package let path: String?

  package var isBuilt: Bool { path != nil }

  /// Looks in `RETINUE_BIN_DIR`, else takes the newest of the debug and release builds.
  private init(name: String) {
    let root = SharedMaterial.packageRoot + "/.build"
    let given = ProcessInfo.processInfo.environment["RETINUE_BIN_DIR"]
    let folders = given.map { [$0] } ?? [root + "/debug", root + "/release"]
    path = folders.map { "\($0)/\(name)" }.filter { access($0, X_OK) == 0 }
      .max { Self.modified($0) < Self.modified($1) }
  }

  private static func modified(_ path: String) -> Int {
    var information = stat()
    return stat(path, &information) == 0 ? information.st_mtim.tv_sec : 0
  }

  /// Runs it to its end, on a thread of its own, with neither terminal nor input.
  ///
  /// - Parameter environment: set besides ours; of ours, the `RETINUE_` variables are left out.
  package func run(
    _ arguments: [String],
    environment: [String: String] = [:],
    seconds: Int = 60
  ) async throws -> Outcome {
    guard let path else { throw CocoaError(.fileNoSuchFile) }
    let folder = TemporaryFolder()
    var words = ["env", "-i"]
    var variables = ProcessInfo.processInfo.environment
    for name in variables.keys where name.hasPrefix("RETINUE_") { variables[name] = nil }
    variables.merge(environment) { $1 }
    words += variables.map { "\($0.key)=\($0.value)" }
    words += ["timeout", "-k", "5", "\(seconds)", path] + arguments
    let line =
      words.map(Self.quoted).joined(separator: " ")
      + " </dev/null >'\(folder.path)/out' 2>'\(folder.path)/err'"
    let status = await withCheckedContinuation { continuation in
      Thread.start { continuation.resume(returning: system(line)) }
    }
    return Outcome(
      status: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F),
      output: folder.text("out"),
      errors: folder.text("err")
    )
  }

  private static func quoted(_ word: String) -> String {
    "'" + word.replacing("'", with: "'\\''") + "'"
  }
}

/// A thread that may block, away from the pool on which tasks run.
private enum Thread {
  static func start(_ body: @escaping @Sendable () -> Void) {
    DispatchQueue(label: "blocking").async(execute: body)
  }
}

import Foundation
import TestSupport
import Testing

/// What CI says where a runtime is missing.
struct RuntimesScriptTests {
  /// The script in a folder of its own, where nothing is installed but what a test puts there.
  private let folder = TemporaryFolder()

  private func install(_ path: String, _ script: String = "") throws {
    let file = URL(fileURLWithPath: folder.file(path))
    let manager = FileManager.default
    try manager.createDirectory(
      at: file.deletingLastPathComponent(),
      withIntermediateDirectories: true
    )
    try Data(("#!/bin/bash\n" + script + "\n").utf8).write(to: file)
    try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
  }

  /// - Returns: how it ended, and what it said
  private func run(_ environment: [String: String]) throws -> (status: Int32, output: String) {
    let script = SharedMaterial.packageRoot + "/.ci/runtimes"
    let own = folder.file(".ci/runtimes")
    if FileManager.default.fileExists(atPath: own) == false {
      try install(".ci/runtimes")
      try Data(contentsOf: URL(fileURLWithPath: script)).write(to: URL(fileURLWithPath: own))
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [own]
    process.environment = environment.merging(["PATH": folder.path]) { $1 }
    let output = Pipe()
    process.standardError = output
    try withoutBlockedSignals { try process.run() }
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  @Test func `an absent runtime is named, and where all are demanded it is a failure`() throws {
    try install(".build/runtimes/node20/bin/node", "echo v20.18.3")
    try install(".build/runtimes/node22/bin/node", "echo v18.0.0")
    try install(".build/runtimes/bun/bun")

    let plain = try run([:])
    expect(plain.status, equals: 0, plain.output)
    #expect(plain.output.contains("absent: deno; its tests are left out"))
    #expect(plain.output.contains("absent: node22;"), "another version does not count")
    #expect(plain.output.contains("bun") == false && plain.output.contains("node20") == false)

    let demanded = try run(["RETINUE_REQUIRE_RUNTIMES": "1", "RETINUE_MAY_LACK": "node24 workerd"])
    expect(demanded.status, equals: 1, demanded.output)
    #expect(demanded.output.contains("not here after setup: node22 deno wrangler"))
  }

  @Test func `what may be absent is no failure`() throws {
    let all =
      "node20 node22 node24 deno bun workerd wrangler chromium firefox webkitgtk"
    let some = try run(["RETINUE_REQUIRE_RUNTIMES": "1", "RETINUE_MAY_LACK": all])
    expect(some.status, equals: 0, some.output)
    #expect(some.output.contains("absent: bun; its tests are left out"))
  }

  @Test func `a variable names one that is elsewhere`() throws {
    try install("elsewhere/bun")
    let lack = "node20 node22 node24 deno workerd wrangler chromium firefox webkitgtk"
    let found = try run([
      "RETINUE_REQUIRE_RUNTIMES": "1", "RETINUE_MAY_LACK": lack,
      "RETINUE_BUN": folder.file("elsewhere/bun"),
    ])
    expect(found.status, equals: 0, found.output)
  }
}

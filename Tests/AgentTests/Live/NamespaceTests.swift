import Agent
import Foundation
import HeapModel
import TestSupport
import Testing

/// Programs in network namespaces of their own, as in containers on this host.
@Suite(.serialized, .timeLimit(.minutes(5))) struct NamespaceTests {
  private let mark = "test-\(UUID().uuidString)"

  /// What runs in a namespace before the program: its loopback is down at first.
  private static let loopbackUp = "ip link set lo up"

  /// Whether this user may make network and process namespaces here.
  private static let canUnshare: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments = ["--net", "--pid", "--fork", "sh", "-c", loopbackUp]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  /// - Parameter arguments: of `unshare`.
  private func program(_ executable: String, _ arguments: [String]) throws -> LiveProgram {
    let folder = TemporaryFolder()
    try folder.write("program.mjs", Array(LiveProgram.server().utf8))
    let command = "\(Self.loopbackUp) && exec \(executable) --inspect=127.0.0.1:9229 "
    return try LiveProgram(
      "/usr/bin/unshare",
      mark: mark,
      arguments: arguments + ["sh", "-c", command + folder.file("program.mjs")],
      folder: folder
    )
  }

  @Test(
    .enabled(if: canUnshare, "namespaces may not be made here"),
    .enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"),
    arguments: Runtimes.nodes.suffix(1)
  )
  func `two containers with the same address are two targets`(_ executable: String) async throws {
    let collector = try ScriptedCollector()
    let plain = try program(executable, ["--net"])
    let inner = try program(executable, ["--net", "--pid", "--fork", "--kill-child"])
    for program in [plain, inner] {
      try #require(try await program.wrote("READY"), "\(program.log)")
    }
    let agent = try await LiveAgent(collector: collector.address, mark: mark)

    #expect(
      try await isEventuallyTrue {
        collector.targets.filter { $0.state == .attached }.count == 2
      },
      "\(collector.targets) \(agent.log)"
    )
    let first = try #require(collector.target(plain.processID))
    let second = try #require(collector.targets.first { $0.id != first.id })
    for target in [first, second] {
      #expect(try await isEventuallyTrue { !collector.readings(of: target.id).isEmpty })
    }
    // In its own namespace it has another id than here.
    let status = try String(contentsOfFile: "/proc/\(second.processID)/status", encoding: .utf8)
    #expect(status.contains("NSpid:\t\(second.processID)\t1\n"), "\(status)")

    kill(second.processID, SIGTERM)
    try #require(try await inner.timeToEnd(within: .seconds(5)) != nil)
    #expect(try await isEventuallyTrue { collector.target(second.processID) == nil })
    #expect(collector.target(plain.processID, .attached) != nil)
    plain.signal(SIGTERM)
    let end = try #require(try await plain.timeToEnd(within: .seconds(5)))
    #expect(end < .milliseconds(250), "took \(end)")
    try await agent.stop()
    await collector.stop()
  }
}

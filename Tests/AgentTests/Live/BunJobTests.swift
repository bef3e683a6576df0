@testable import Agent
import Connections
import FleetProtocol
import Foundation
import HeapModel
import Log
import Synchronization
import TestSupport
import Testing

/// Programs that do not wait to be found.
struct BunJobTests {
  /// Ends by itself when there is a file of this name.
  private static let job = """
    import { existsSync } from 'node:fs'
    class HeldByJob { constructor(i) { this.name = 'held ' + i } }
    globalThis.held = Array.from({ length: 2000 }, (_, i) => new HeldByJob(i))
    const timer = setInterval(() => existsSync(process.env.ENOUGH) && clearInterval(timer), 20)
    """

  @Test(.enabled(if: Runtimes.bun != nil), .timeLimit(.minutes(3)))
  func `a job that calls us is a target, and ends when it is done`() async throws {
    let (mark, folder) = ("test-" + UUID().uuidString, TemporaryFolder())
    let collector = try ScriptedCollector()
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let job = try LiveProgram(
      try #require(Runtimes.bun),
      .bun,
      script: Self.job,
      mark: mark,
      hasInspector: false,
      environment: [
        BunOptions.caller: "unix://" + agent.spool.file(ProgramSocket.inspectors),
        "ENOUGH": folder.file("enough"),
      ]
    )
    let target = try #require(
      try await eventually { collector.target(job.processID) },
      "\(agent.log) \(job.log)"
    )
    #expect(target.capabilities.contains([.snapshot, .collectionEvents, .liveUsage]))
    #expect(try await isEventuallyTrue { (collector.readings(of: target.id).last?.used ?? 0) > 0 })
    let heap = try await collector.snapshot(1, of: target)
    #expect((0..<heap.names.count).contains { heap.names[$0] == "HeldByJob" })
    try folder.write("enough", [])
    #expect(try await job.timeToEnd(within: .seconds(5)) != nil)
    expect(job.exitStatus, equals: 0)
    try await agent.stop()
    await collector.stop()
  }

  @Test func `whoever connects is told of, and the socket goes with its owner`() async throws {
    let folder = TemporaryFolder()
    let socket = ProgramSocket(ProgramSocket.notices, in: folder.path)
    let processes = Mutex<[Int32]>([])
    let path = folder.file(ProgramSocket.notices)
    let task = Task {
      await socket.run(Logger(level: .debug, sink: LineSink())) { connection in
        let process = try? connection.peerProcess()
        processes.withLock { $0.append(process ?? 0) }
      }
    }
    _ = try #require(
      try await eventually {
        try? await SocketConnection.connect(to: .unix(path: path), until: .now + .seconds(5))
      }
    )
    #expect(try await isEventuallyTrue { processes.withLock { $0 } == [getpid()] })
    task.cancel()
    await task.value
    expect(FileManager.default.fileExists(atPath: path), equals: false)
  }

  private func bun(_ environment: [String: String], _ arguments: [String] = []) -> ProcessFacts {
    ProcessFacts(
      processID: 7,
      startTicks: 1,
      userID: 0,
      executable: "/usr/bin/bun",
      arguments: ["bun"] + arguments + ["job.ts"],
      environment: ProcessEnvironment(environment),
      innerProcessID: 7
    )
  }

  /// It holds up the program's end for as long as anybody is there.
  @Test func `a job that would wait for us is not answered`() {
    let calls = [BunOptions.caller: "unix:///run/a.socket"]
    expect(BunOptions.calledSocket(in: bun(calls)), equals: "/run/a.socket")
    expect(
      BunOptions.calledSocket(in: bun([BunOptions.caller: "unix:/run/a.socket"])),
      equals: "/run/a.socket"
    )
    expect(BunOptions.calledSocket(in: bun(calls, ["--inspect=unix:///b"])), equals: nil)
    expect(BunOptions.calledSocket(in: bun([BunOptions.caller: "tcp://127.0.0.1:9"])), equals: nil)
    expect(BunOptions.calledSocket(in: bun([:])), equals: nil)
  }
}

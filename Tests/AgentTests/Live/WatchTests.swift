import Agent
import FleetProtocol
import Foundation
import HeapModel
import SnapshotColumns
import TestSupport
import Testing

/// Real runtimes, a real agent, and a collector that does what the test says.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WatchTests {
  private let mark = "test-\(UUID().uuidString)"

  private static let runtimes = LiveProgram.runtimes

  @Test(arguments: runtimes)
  func `a program is found, read and let go of`(
    _ executable: String,
    _ runtime: RuntimeKind
  ) async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(executable, runtime, script: LiveProgram.server(), mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)

    let target = try #require(
      try await eventually { collector.target(program.processID) },
      "\(collector.targets) \(agent.log)"
    )
    expect(target.runtime, equals: runtime)
    expect(target.labels.service, equals: "program")
    #expect(target.labels.isServiceInferred)
    expect(target.labels.environment, equals: mark)
    expect(target.runtimeVersion.isEmpty, equals: false)
    #expect(target.capabilities.isSuperset(of: [.snapshot, .forcedCollection]))
    let usage = try #require(
      try await eventually {
        let readings = collector.readings(of: target.id)
        return readings.count >= 3 ? readings.last : nil
      }
    )
    #expect(usage.used > 1 << 19)
    #expect((usage.residentSize ?? 0) > usage.used)

    try await agent.stop()
    #expect(agent.log.contains("reason=detached"))
    program.signal(SIGTERM)
    let end = try #require(try await program.timeToEnd(within: .seconds(5)))
    #expect(end < .seconds(1))
    // Nobody asked the program's own server anything.
    expect(program.log.contains("REQUEST"), equals: false, "\(program.log)")
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"), arguments: Runtimes.nodes)
  func `once a program has closed its inspector its own server is asked nothing`(
    _ executable: String
  ) async throws {
    let collector = try ScriptedCollector()
    let script = """
      import http from 'node:http';
      import inspector from 'node:inspector';
      http.createServer((request, response) => { console.log('REQUEST ' + request.url); response.end('{}'); })
        .listen(0, '127.0.0.1', () => console.log('READY'));
      process.on('SIGUSR2', () => { inspector.close(); console.log('CLOSED'); });
      """
    let program = try LiveProgram(executable, .node, script: script, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    _ = try #require(try await eventually { collector.target(program.processID) })

    program.signal(SIGUSR2)
    #expect(try await program.wrote("CLOSED"))
    let target = try await eventually {
      collector.targets.first {
        $0.processID == program.processID && $0.stateDetail.hasPrefix("its inspector was closed")
      }
    }
    expect(target?.state, equals: .noInspector, "\(collector.targets) \(agent.log)")
    expect(program.log.contains("REQUEST"), equals: false, "\(program.log)")
    try await agent.stop()
    await collector.stop()
  }

  @Test(arguments: runtimes)
  func `the end of an attached program is not delayed`(
    _ executable: String,
    _ runtime: RuntimeKind
  ) async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(executable, runtime, script: LiveProgram.server(), mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    _ = try #require(try await eventually { collector.target(program.processID) })

    program.signal(SIGTERM)
    let end = try #require(try await program.timeToEnd(within: .seconds(5)))
    #expect(end < .milliseconds(250), "took \(end)")
    #expect(
      try await isEventuallyTrue {
        collector.targets.allSatisfy { $0.processID != program.processID }
      }
    )
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"), arguments: Runtimes.nodes)
  func `each worker thread is a target of its own, for as long as it runs`(
    _ executable: String
  ) async throws {
    let collector = try ScriptedCollector()
    let script =
      LiveProgram.server() + """

        import { Worker } from 'node:worker_threads';
        const code = "globalThis.kept = Array.from({ length: 100000 }, (_, i) => [i]);" +
          "require('node:worker_threads').parentPort.on('message', () => process.exit())";
        const workers = [1, 2].map(() => new Worker(code, { eval: true }));
        process.on('SIGUSR2', () => workers[1].postMessage('end'));
        """
    let program = try LiveProgram(executable, .node, script: script, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    func heaps() -> [TargetDescription] {
      collector.targets.filter { $0.processID == program.processID && $0.state == .attached }
    }

    #expect(try await isEventuallyTrue { heaps().count == 3 }, "\(heaps()) \(agent.log)")
    let names = heaps().map(\.labels.instance)
    expect(Set(names).count, equals: 3)
    expect(names.filter { $0.hasSuffix("/worker 1") || $0.hasSuffix("/worker 2") }.count, equals: 2)
    let worker = try #require(heaps().first { $0.labels.instance.hasSuffix("/worker 1") })
    let usage = try #require(
      try await eventually { collector.readings(of: worker.id).last }
    )
    #expect(usage.used > 3 << 20)
    #expect(usage.residentSize == nil, "what the whole process has is told of its main heap")

    program.signal(SIGUSR2)
    #expect(try await isEventuallyTrue { heaps().count == 2 }, "\(heaps().map(\.labels.instance))")
    program.signal(SIGTERM)
    let end = try #require(try await program.timeToEnd(within: .seconds(5)))
    #expect(end < .milliseconds(250), "took \(end)")
    #expect(
      try await isEventuallyTrue {
        collector.targets.allSatisfy { $0.processID != program.processID }
      }
    )
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty))
  func `a program without an inspector is listed with what would enable it`() async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      Runtimes.nodes[0],
      .node,
      script: LiveProgram.server(),
      mark: mark,
      hasInspector: false,
      environment: ["OTEL_SERVICE_NAME": "quiet"]
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)

    let target = try #require(
      try await eventually { collector.target(program.processID, .noInspector) }
    )
    expect(target.labels.service, equals: "quiet")
    expect(target.stateDetail, equals: "start it with NODE_OPTIONS=--inspect=127.0.0.1:0")
    try await agent.stop()
    await collector.stop()
  }

  @Test(arguments: runtimes)
  func `garbage is collected on command`(
    _ executable: String,
    _ runtime: RuntimeKind
  ) async throws {
    let collector = try ScriptedCollector()
    let script =
      LiveProgram.server() + "\nlet waste = Array.from({ length: 1000000 }, (_, i) => [i]);"
      + "setTimeout(() => { waste = null; console.log('DROPPED') }, 100)"
    let program = try LiveProgram(executable, runtime, script: script, mark: mark)
    #expect(try await program.wrote("DROPPED"))
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })

    let command = Command(
      id: hexadecimalID(1),
      targetID: target.id,
      deadline: .max,
      action: .collectGarbage(CollectGarbage())
    )
    collector.send(command)
    let update = try #require(try await eventually { collector.finalUpdate(of: command.id) })
    expect(update.state, equals: .done)
    let effect = try #require(update.collection)
    #expect(effect.usedAfter < effect.usedBefore || runtime == .bun, "\(effect)")
    // The same command again is answered with the same end, and not done again.
    collector.send(command)
    #expect(
      try await isEventuallyTrue {
        collector.updates(of: command.id).filter { $0.state.isFinal } == [update, update]
      }
    )
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty))
  func `allocations are sampled for as long as asked`() async throws {
    let collector = try ScriptedCollector()
    let script =
      LiveProgram.server()
      + "\nfunction plantedAllocator() { for (let i = 0; i < 2000; i++) held.push({ i }) }"
      + "\nsetInterval(plantedAllocator, 5)"
    let program = try LiveProgram(Runtimes.nodes[0], .node, script: script, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })

    let upload = hexadecimalID(20)
    collector.send(
      Command(
        id: hexadecimalID(2),
        targetID: target.id,
        deadline: .max,
        action: .sample(
          Sample(uploadID: upload, durationMilliseconds: 1_500, intervalBytes: 16_384)
        )
      )
    )
    let update = try #require(
      try await eventually { collector.finalUpdate(of: hexadecimalID(2)) }
    )
    expect(update.state, equals: .done, "\(update)")
    expect(update.uploadID, equals: upload)
    #expect(try await isEventuallyTrue { collector.blocks(of: upload)?.isEmpty == false })
    expect(collector.read { $0.uploads[upload]?.begin.kind }, equals: .profile)
    try await agent.stop()
    await collector.stop()
  }
}

func hexadecimalID(_ number: Int) -> String {
  let digits = String(number, radix: 16)
  return String(repeating: "0", count: 32 - digits.count) + digits
}

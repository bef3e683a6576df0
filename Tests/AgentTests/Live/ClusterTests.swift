import Agent
import Foundation
import HeapModel
import TestSupport
import Testing

/// Programs of several processes.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ClusterTests {
  private let mark = "test-\(UUID().uuidString)"

  /// A primary with two workers, one of which ends when it is told to; and a child that was forked.
  private static let script = """
    import cluster from 'node:cluster'
    import { fork } from 'node:child_process'
    import { fileURLToPath } from 'node:url'
    const isChild = process.argv.includes('child')
    if (cluster.isPrimary && !isChild) {
      for (let number = 0; number < 2; number++) {
        const worker = cluster.fork({ RETINUE_SERVICE: 'worker-' + number })
        worker.on('online', () => console.log('WORKER ' + number + ' ' + worker.process.pid + ' '))
        worker.on('exit', () => console.log('ENDED ' + number + ' '))
      }
      const child = fork(fileURLToPath(import.meta.url), ['child'])
      child.on('message', () => console.log('CHILD ' + child.pid + ' '))
      process.on('SIGTERM', () => {
        child.kill()
        for (const id in cluster.workers) cluster.workers[id].kill('SIGTERM')
        process.exit(0)
      })
    } else {
      if (isChild) process.send('here')
      setInterval(() => {}, 1000)
      process.on('SIGTERM', () => process.exit(0))
    }
    """

  private static func processID(_ name: String, in log: String) -> Int32? {
    let line = log.split(separator: "\n").first { $0.hasPrefix(name + " ") && $0.hasSuffix(" ") }
    return line.flatMap { Int32($0.dropLast().split(separator: " ").last ?? "") }
  }

  /// - Parameter option: with a port of its own the workers have the ports behind it, with any port
  ///   every process has one.
  @Test(
    .enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"),
    arguments: [
      (Runtimes.nodes.first ?? "", "--inspect=127.0.0.1:0"),
      (Runtimes.nodes.last ?? "", "--inspect=127.0.0.1:\(UInt16.random(in: 30_000...32_000))"),
    ]
  )
  func `each worker is a target of its own, and ends by itself`(
    _ executable: String,
    _ option: String
  ) async throws {
    let hasAnyPort = option.hasSuffix(":0")
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      executable,
      .node,
      script: Self.script,
      mark: mark,
      hasInspector: false,
      arguments: hasAnyPort ? [] : [option],
      environment: hasAnyPort ? ["NODE_OPTIONS": option] : [:]
    )
    for name in ["WORKER 0", "WORKER 1", "CHILD"] {
      try #require(
        try await isEventuallyTrue { Self.processID(name, in: program.log) != nil },
        "\(program.log)"
      )
    }
    let workers = ["WORKER 0", "WORKER 1"].compactMap { Self.processID($0, in: program.log) }
    let child = try #require(Self.processID("CHILD", in: program.log))
    let agent = try await LiveAgent(collector: collector.address, mark: mark)

    #expect(
      try await isEventuallyTrue {
        ([program.processID] + workers).allSatisfy { collector.target($0) != nil }
      },
      "\(collector.targets) \(agent.log) \(program.log)"
    )
    expect(
      workers.map { collector.target($0)?.labels.service },
      equals: ["worker-0", "worker-1"]
    )
    expect(Set(collector.targets.map(\.id)).count, equals: 4, "\(collector.targets)")
    // A child that was forked inherits the option: with any port it has an inspector of its own,
    // with one port it finds that taken by its parent, and is listed.
    let expected: TargetState = hasAnyPort ? .attached : .noInspector
    #expect(
      try await isEventuallyTrue { collector.target(child, expected) != nil },
      "\(collector.targets)"
    )

    let began = ContinuousClock.now
    kill(workers[0], SIGTERM)
    #expect(try await program.wrote("ENDED 0 ", within: .seconds(5)))
    #expect(ContinuousClock.now - began < .seconds(1))
    #expect(try await isEventuallyTrue { collector.target(workers[0]) == nil })
    for other in [program.processID, workers[1]] {
      #expect(collector.target(other) != nil, "\(collector.targets)")
    }
    program.signal(SIGTERM)
    #expect(try await program.timeToEnd(within: .seconds(5)) != nil)
    expect(program.exitStatus, equals: 0)
    try await agent.stop()
    await collector.stop()
  }
}

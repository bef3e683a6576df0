import Agent
import Configuration
import FleetProtocol
import Foundation
import GRPCTransport
import HeapModel
import TestSupport
import Testing

/// Snapshots of real runtimes, all the way to a collector.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SnapshotTests {
  private let mark = "test-\(UUID().uuidString)"

  private static let runtimes = LiveProgram.runtimes

  private func take(
    _ number: Int,
    of target: TargetID,
    series: String = "",
    step: UInt32 = 0,
    holdIDs: Bool = false,
    isForced: Bool = false,
    timelineMilliseconds: UInt64 = 0,
    deadline: UInt64 = .max
  ) -> Command {
    Command(
      id: hexadecimalID(number),
      targetID: target,
      deadline: deadline,
      action: .takeSnapshot(
        TakeSnapshot(
          uploadID: hexadecimalID(1_000 + number),
          series: series,
          step: step,
          holdIDs: holdIDs,
          isForced: isForced,
          timelineMilliseconds: timelineMilliseconds,
          timelineHasStacks: true
        )
      )
    )
  }

  @Test(arguments: runtimes)
  func `a snapshot arrives as columns that hold the program's objects`(
    _ executable: String,
    _ runtime: RuntimeKind
  ) async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      executable,
      runtime,
      script: LiveProgram.server(holding: 3_000),
      mark: mark
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })

    let command = take(1, of: target.id)
    collector.send(command)
    let update = try #require(
      try await eventually(within: .seconds(150)) { collector.finalUpdate(of: command.id) }
    )
    expect(update.state, equals: .done, "\(update)")
    let running = try #require(collector.updates(of: command.id).first)
    expect(running.state, equals: .running)
    #expect(running.estimatedGrowthBytes > 1 << 20)
    #expect(running.estimatedPauseMilliseconds > 0)

    let id = hexadecimalID(1_001)
    let blocks = try #require(try await eventually { collector.blocks(of: id) })
    let (begin, commit) = collector.read { ($0.uploads[id]?.begin, $0.uploads[id]?.commit) }
    expect(begin?.format, equals: (runtime == .bun ? "jsc-inspector-3" : "v8"))
    expect(begin?.redaction, equals: RedactionNote.none)
    expect(begin?.isForced, equals: false)
    #expect((commit?.textBytes ?? 0) > 100_000)
    expect(commit?.epoch?.epoch, equals: "")
    let heap = try blocks.makeGraph()
    // A graph of Bun's has one node more, which holds what hangs on nothing.
    expect(UInt64(heap.nodeCount), equals: (commit?.nodeCount ?? 0) + (runtime == .bun ? 1 : 0))
    let held = (0..<heap.nodeCount).count { heap.names[Int(heap.nodeName[$0])] == "Held" }
    #expect((3_000...3_100).contains(held), "\(held)")

    // Afterwards all is as before.
    #expect(try await isEventuallyTrue { collector.target(program.processID) != nil })
    try expect(
      FileManager.default.contentsOfDirectory(atPath: agent.spool.path)
        .contains { $0.hasPrefix("upload-") || $0.hasPrefix("command-") },
      equals: false
    )
    try await agent.stop()
    await collector.stop()
  }

  @Test(arguments: runtimes.filter { $0.runtime == .deno } + runtimes.prefix(1))
  func `a timeline arrives with its recording, and is given up when nobody waits`(
    _ executable: String,
    _ runtime: RuntimeKind
  ) async throws {
    let collector = try ScriptedCollector()
    let script =
      LiveProgram.server()
      + "; setInterval(function planted() { for (let i = 0; i < 50; i++) held.push(new Held(i)) }, 20)"
    let program = try LiveProgram(executable, runtime, script: script, mark: mark)
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })

    let command = take(1, of: target.id, timelineMilliseconds: 1_000)
    collector.send(command)
    let id = hexadecimalID(1_001)
    let blocks = try #require(
      try await eventually(within: .seconds(60)) { collector.blocks(of: id) },
      "\(collector.updates(of: command.id))"
    )
    let heap = try blocks.makeGraph()
    let recording = try #require(heap.allocations)
    #expect(recording.functions.contains { heap.names[Int($0.name)] == "planted" })
    #expect(collector.updates(of: command.id).contains { $0.total == 1_000 })

    let abandoned = take(2, of: target.id, timelineMilliseconds: 60_000)
    collector.send(abandoned)
    #expect(
      try await isEventuallyTrue { collector.updates(of: abandoned.id).contains { $0.total > 0 } }
    )
    collector.send(
      Command(
        id: hexadecimalID(3),
        targetID: target.id,
        deadline: .max,
        action: .endSeries(EndSeries())
      )
    )
    let end = try await eventually(within: .seconds(10)) { collector.finalUpdate(of: abandoned.id) }
    expect(end?.reasonCode, equals: "abandoned")
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty))
  func `snapshots of a series share their epoch`() async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      Runtimes.nodes[0],
      .node,
      script: LiveProgram.server(),
      mark: mark
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })

    var epochs: [IdentityEpoch] = []
    for step in 0..<3 {
      let command = take(
        10 + step,
        of: target.id,
        series: "s",
        step: UInt32(step),
        holdIDs: step < 2
      )
      collector.send(command)
      let upload = hexadecimalID(1_010 + step)
      _ = try #require(
        try await eventually(within: .seconds(150)) { collector.blocks(of: upload) },
        "\(collector.updates(of: command.id))"
      )
      let epoch = collector.read { $0.uploads[upload]?.commit?.epoch }
      epochs.append(try #require(epoch))
    }
    #expect(epochs[0].allowsComparisonByID(with: epochs[1]))
    #expect(epochs[0].allowsComparisonByID(with: epochs[2]))
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty))
  func `what is not admitted is refused with a word and a reason`() async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      Runtimes.nodes[0],
      .node,
      script: LiveProgram.server(),
      mark: mark
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark) { configuration in
      configuration.capture.memoryReserve = 1 << 50
    }
    let target = try #require(try await eventually { collector.target(program.processID) })

    func refusal(_ command: Command) async throws -> CommandUpdate? {
      collector.send(command)
      return try await eventually { collector.finalUpdate(of: command.id) }
    }
    let noMemory = try #require(try await refusal(take(1, of: target.id)))
    expect(noMemory.state, equals: .refused)
    expect(noMemory.reasonCode, equals: "noMemory")
    #expect(noMemory.reason.contains("MB"))
    #expect(noMemory.estimatedGrowthBytes > 0)
    let gone = try #require(try await refusal(take(2, of: TargetID(high: 1, low: 2))))
    expect(gone.reasonCode, equals: "gone")
    let late = try #require(try await refusal(take(3, of: target.id, deadline: 5)))
    expect(late.reasonCode, equals: "expired")
    let forced = try #require(try await refusal(take(4, of: target.id, isForced: true)))
    expect(forced.state, equals: .done, "\(forced)")
    #expect(
      try await isEventuallyTrue {
        collector.read { $0.uploads[hexadecimalID(1_004)]?.begin.isForced == true }
      }
    )
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty))
  func `a target killed in the middle leaves an incomplete capture`() async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      Runtimes.nodes[0],
      .node,
      script: LiveProgram.server(holding: 60_000),
      mark: mark
    )
    #expect(try await program.wrote("READY", within: .seconds(150)))
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })

    let command = take(1, of: target.id)
    collector.send(command)
    #expect(
      try await isEventuallyTrue(within: .seconds(150)) {
        collector.read { $0.uploads[hexadecimalID(1_001)] != nil }
      },
      "\(collector.updates(of: command.id)) \(agent.log)"
    )
    program.signal(SIGKILL)
    let update = try #require(try await eventually { collector.finalUpdate(of: command.id) })
    expect(update.state, equals: .failed)
    expect(update.reasonCode, equals: "targetGone")
    let commit = try #require(
      try await eventually { collector.read { $0.uploads[hexadecimalID(1_001)]?.commit } }
    )
    expect(commit.complete, equals: false)
    expect(commit.reason, equals: "targetGone")
    try await agent.stop()
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty))
  func `a whole snapshot outlives the agent and arrives later`() async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      Runtimes.nodes[0],
      .node,
      script: LiveProgram.server(holding: 20_000),
      mark: mark
    )
    let first = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })
    collector.change { $0.putError = RPCError(.resourceExhausted, "no room") }
    let command = take(1, of: target.id)
    collector.send(command)
    // It is done as far as the target is concerned: it is in the spool.
    let update = try #require(
      try await eventually(within: .seconds(150)) { collector.finalUpdate(of: command.id) }
    )
    expect(update.state, equals: .done)
    try await first.stop()

    collector.change {
      $0.putError = nil
      $0.lostAnswers = 1
    }
    let second = try await LiveAgent(
      collector: collector.address,
      mark: mark,
      spool: first.spool
    )
    _ = try #require(
      try await eventually(within: .seconds(150)) { collector.blocks(of: hexadecimalID(1_001)) },
      "\(collector.read { $0.uploads.mapValues(\.commit) }) \(second.log)"
    )
    #expect(collector.read { $0.repeatedBlocks } <= 1)
    let (ids, repeated) = collector.read { (Set($0.hellos.map(\.agentID)), $0.repeatedMessages) }
    expect(ids.count, equals: 1)
    #expect(repeated <= 3)
    try await second.stop()
    await collector.stop()
  }

  @Test(.enabled(if: !Runtimes.nodes.isEmpty))
  func `a collector that is away loses nothing`() async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      Runtimes.nodes[0],
      .node,
      script: LiveProgram.server(),
      mark: mark
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })
    await collector.stop()
    let before = collector.readings(of: target.id).count
    try await Task.sleep(for: .seconds(4))

    try collector.start()
    #expect(
      try await isEventuallyTrue { collector.readings(of: target.id).count >= before + 4 }
    )
    let sequences = collector.read { $0.messages.keys.sorted() }
    expect(sequences, equals: Array(1...UInt64(sequences.count)))
    let readings = collector.readings(of: target.id)
    for (earlier, later) in zip(readings, readings.dropFirst()) {
      #expect(later.time - earlier.time < 3_000_000_000, "a gap of readings")
    }
    try await agent.stop()
    await collector.stop()
  }
}

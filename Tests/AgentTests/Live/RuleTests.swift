import Agent
import Configuration
import FleetProtocol
import Foundation
import HeapModel
import TestSupport
import Testing

/// What a rule of the configuration says, done to real programs.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RuleTests {
  private let mark = "test-\(UUID().uuidString)"

  private func snapshot(_ number: Int, of target: TargetID) -> Command {
    Command(
      id: hexadecimalID(number),
      targetID: target,
      deadline: .max,
      action: .takeSnapshot(TakeSnapshot(uploadID: hexadecimalID(1_000 + number), isForced: true))
    )
  }

  @Test(
    .enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"),
    arguments: Runtimes.nodes.suffix(1)
  )
  func `a program is visited where a rule says so, within its budget, also after a restart`(
    _ executable: String
  ) async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(executable, .node, script: LiveProgram.server(), mark: mark)
    let spool = TemporaryFolder()
    func agent() async throws -> LiveAgent {
      try await LiveAgent(collector: collector.address, mark: mark, spool: spool) { configuration in
        var treatment = ProcessRule.Treatment(mode: .visit)
        treatment.budget.snapshotsPerDay = 1
        configuration.rules[0].outcome = .watch(treatment)
      }
    }
    func update(_ command: Command) async throws -> CommandUpdate? {
      collector.send(command)
      return try await eventually { collector.finalUpdate(of: command.id) }
    }

    let first = try await agent()
    let target = try #require(
      try await eventually { collector.target(program.processID, .visiting) },
      "\(collector.targets) \(first.log)"
    )
    // Readings go on, visit after visit.
    #expect(try await isEventuallyTrue { collector.readings(of: target.id).count >= 3 })
    let taken = try #require(try await update(snapshot(1, of: target.id)))
    expect(taken.state, equals: .done, "\(taken)")
    let refused = try #require(try await update(snapshot(2, of: target.id)))
    expect(refused.state, equals: .refused)
    expect(refused.reasonCode, equals: "budgetSpent")
    #expect(refused.reason.contains("'budget.snapshotsPerDay' of the rule at line 2"))
    try await first.stop()

    // In one process the spool is let go of when the last reading was told.
    try await Task.sleep(for: .seconds(2))
    let second = try await agent()
    #expect(
      try await isEventuallyTrue {
        collector.read { $0.hellos.count } == 2 && second.log.contains("msg=attached")
      },
      "\(second.log)"
    )
    let again = try #require(try await update(snapshot(3, of: target.id)))
    expect(again.reasonCode, equals: "budgetSpent", "\(again)")
    program.signal(SIGTERM)
    let end = try #require(try await program.timeToEnd(within: .seconds(5)))
    #expect(end < .milliseconds(250), "took \(end)")
    try await second.stop()
    await collector.stop()
  }

  @Test(
    .enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"),
    arguments: Runtimes.nodes.suffix(1)
  )
  func `what a rule schedules is taken within its budget, and a refusal is told once`(
    _ executable: String
  ) async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(executable, .node, script: LiveProgram.server(), mark: mark)
    try #require(try await program.wrote("READY"))
    let agent = try await LiveAgent(collector: collector.address, mark: mark) { configuration in
      var schedule = CaptureSchedule(snapshotEvery: .seconds(2), sampleEvery: .seconds(2))
      schedule.sampleFor = .milliseconds(200)
      var treatment = ProcessRule.Treatment(schedule: schedule)
      treatment.budget.snapshotsPerDay = 1
      configuration.rules[0].outcome = .watch(treatment)
    }
    func ended(_ kind: BeginUpload.Kind, isComplete: Bool) -> [ScriptedCollector.Upload] {
      collector.read { state in
        state.uploads.values.filter {
          $0.begin.kind == kind && $0.commit?.complete == isComplete
        }
      }
    }

    #expect(try await isEventuallyTrue { ended(.profile, isComplete: true).count >= 2 })
    #expect(try await isEventuallyTrue { !ended(.snapshot, isComplete: false).isEmpty })
    expect(ended(.snapshot, isComplete: true).count, equals: 1, "\(agent.log)")
    // Refused again and again, and told once.
    #expect(
      try await isEventuallyTrue {
        agent.log.components(separatedBy: "code=budgetSpent").count >= 3
      },
      "\(agent.log)"
    )
    let refused = ended(.snapshot, isComplete: false)
    expect(refused.map { $0.commit?.reason ?? "" }, equals: ["budgetSpent"])
    #expect(
      collector.read { state in
        state.messages.values.allSatisfy {
          if case .commandUpdate = $0.body { false } else { true }
        }
      }
    )
    try await agent.stop()
    await collector.stop()
  }

  @Test(
    .enabled(if: !Runtimes.nodes.isEmpty, "Node is absent"),
    arguments: Runtimes.nodes.suffix(1)
  )
  func `a scheduled snapshot asks a collector for its turn, and is begun by its command`(
    _ executable: String
  ) async throws {
    let collector = try ScriptedCollector()
    collector.change { $0.protocolMinor = FleetVersion.minor }
    let program = try LiveProgram(executable, .node, script: LiveProgram.server(), mark: mark)
    try #require(try await program.wrote("READY"))
    let agent = try await LiveAgent(collector: collector.address, mark: mark) { configuration in
      let schedule = CaptureSchedule(snapshotEvery: .seconds(1))
      configuration.rules[0].outcome = .watch(ProcessRule.Treatment(schedule: schedule))
    }
    #expect(try await isEventuallyTrue { collector.scheduledSnapshots.count == 1 }, "\(agent.log)")
    let wish = try #require(collector.scheduledSnapshots.first)
    // Its turn does not come, so nothing is taken, and nothing more is asked for.
    try await Task.sleep(for: .milliseconds(1_500))
    expect(collector.read { $0.uploads.count }, equals: 0, "\(agent.log)")
    expect(collector.scheduledSnapshots.count, equals: 1)

    let upload = String(repeating: "7", count: 32)
    collector.send(
      Command(
        id: wish.commandID,
        targetID: wish.targetID,
        deadline: .max,
        action: .takeSnapshot(TakeSnapshot(uploadID: upload))
      )
    )
    #expect(
      try await isEventuallyTrue {
        collector.read { $0.uploads[upload]?.commit?.complete == true }
      },
      "\(agent.log)"
    )
    #expect(try await isEventuallyTrue { collector.scheduledSnapshots.count > 1 }, "\(agent.log)")
    try await agent.stop()
    await collector.stop()
  }
}

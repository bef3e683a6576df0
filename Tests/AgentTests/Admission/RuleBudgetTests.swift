import Agent
import Configuration
import HeapModel
import TestSupport
import Testing

@Suite struct RuleBudgetTests {
  private let hour: UInt64 = 3_600 * 1_000_000_000

  private func budget(_ limits: String) throws -> RuleBudget {
    let configuration = try AgentConfiguration(
      parsing: "rules:\n  - match: {port: 1}\n    budget: {\(limits)}\n"
    )
    return try #require(RuleBudget(configuration.rules[0]))
  }

  private func refusal(
    _ budget: RuleBudget,
    pause: UInt64 = 1_000,
    growth: UInt64 = 100_000_000
  ) -> CaptureAdmission.Refusal? {
    var policy = CapturePolicy(memoryReserve: 0)
    policy.budget = budget
    let decision = CaptureAdmission.decide(
      CaptureEstimate(growthBytes: growth, pauseMilliseconds: pause),
      heapUsed: 1,
      in: MemorySituation(residentSize: 1, available: .max),
      policy: policy,
      isForced: true
    )
    return if case .refused(_, let refusal) = decision { refusal } else { nil }
  }

  @Test func `as many snapshots as the rule allows in a day, and force adds none`() throws {
    var budget = try budget("snapshotsPerDay: 2")
    budget.now = 100 * hour
    budget.spent = [90 * hour]
    #expect(refusal(budget) == nil)

    budget.spent = [80 * hour, 90 * hour]
    let refused = try #require(refusal(budget))
    expect(refused.code, equals: .budgetSpent)
    expect(
      refused.reason,
      equals: "2 snapshots of this process were begun within 24 hours, and 2 are "
        + "allowed; the next can be taken in 241 minutes: 'budget.snapshotsPerDay' of the rule at "
        + "line 2 of the agent's configuration lifts that"
    )
  }

  @Test func `after the budget was lowered, the newest of the day count`() throws {
    var budget = try budget("snapshotsPerDay: 1")
    budget.now = 100 * hour
    budget.spent = [80 * hour, 90 * hour]
    expect(refusal(budget)?.reason.contains("in 841 minutes"), equals: true)
  }

  @Test func `none at all`() throws {
    let refused = try #require(refusal(try budget("snapshotsPerDay: 0")))
    expect(refused.code, equals: .budgetSpent)
    #expect(refused.reason.hasPrefix("no snapshot of this process is allowed: "))
  }

  @Test func `a pause or a growth beyond the budget is refused with the key that lifts it`() throws
  {
    let slow = try #require(refusal(try budget("longestPause: 999ms")))
    expect(slow.code, equals: .pauseTooLong)
    #expect(slow.reason.contains("about 1000 ms, and its budget allows 999 ms: 'budget.longest"))
    #expect(refusal(try budget("longestPause: 1s")) == nil)

    let large = try #require(refusal(try budget("memory: 99MB")))
    expect(large.code, equals: .growthTooLarge)
    #expect(large.reason.contains("about 100 MB, and its budget allows 99 MB: 'budget.memory'"))
    #expect(refusal(try budget("memory: 100MB")) == nil)
  }

  @Test func `a rule without limits has no budget`() throws {
    let configuration = try AgentConfiguration(
      parsing: "rules: [{match: {port: 1}, mode: visit}, {match: {port: 2}, ignore: true}]"
    )
    #expect(configuration.rules.allSatisfy { RuleBudget($0) == nil })
  }

  // MARK: What was spent

  @Test func `a day is remembered, over a restart, for each target by itself`() {
    let (first, second) = (TargetID(high: 1, low: 1), TargetID(high: 2, low: 2))
    var ledger = CaptureLedger()
    ledger.began(first, at: 10 * hour)
    ledger.began(second, at: 11 * hour)
    ledger.began(first, at: 20 * hour)

    let again = CaptureLedger(text: ledger.text)
    expect(again, equals: ledger)
    expect(again.times(of: first, now: 21 * hour), equals: [10 * hour, 20 * hour])
    expect(again.times(of: first, now: 34 * hour), equals: [20 * hour])
    expect(again.times(of: second, now: 34 * hour), equals: [11 * hour])
    expect(again.times(of: first, now: 44 * hour), equals: [])
  }

  @Test func `what is older is forgotten, and lines of another kind are passed over`() {
    let target = TargetID(high: 1, low: 1)
    var ledger = CaptureLedger(text: "x\n1 y\n\(hour) \(target)\n\(hour) \(target) z\n")
    expect(ledger.times(of: target, now: 2 * hour), equals: [hour])

    ledger.began(target, at: 50 * hour)
    expect(ledger.text, equals: "\(50 * hour) \(target)\n")
  }
}

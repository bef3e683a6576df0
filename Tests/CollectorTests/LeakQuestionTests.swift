import Collector
import HeapModel
import Store
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct LeakQuestionTests {
  private let target = TargetID(high: 7, low: 1)

  private func step(
    _ number: Int,
    epoch: String? = nil,
    state: CaptureState = .complete
  ) -> UploadRecord {
    var upload = UploadRecord(
      id: "s\(number)",
      kind: .snapshot,
      state: state,
      agentID: Fixture.agent,
      targetID: target,
      series: "leak",
      step: UInt32(number),
      startedAt: UInt64(number),
      receivedAt: 1
    )
    upload.epoch = epoch.map { IdentityEpoch(isolate: "i", epoch: $0, anchors: [1]) }
    return upload
  }

  @Test func `a series is its complete steps, oldest first`() {
    let steps = [step(2), step(0), step(1), step(3, state: .incomplete)]
    expect(LeakQuestion(series: steps, on: target)?.snapshotIDs, equals: ["s0", "s1", "s2"])
    #expect(LeakQuestion(series: Array(steps.prefix(2)), on: target) == nil)
    #expect(LeakQuestion(series: steps, on: TargetID(high: 1, low: 1)) == nil)
  }

  @Test func `of several runs under one name the last undisturbed one is meant`() {
    let old = (0..<3).map { step($0, epoch: "a") }
    let new = (3..<6).map { step($0, epoch: "b") }
    expect(LeakQuestion(series: old + new, on: target)?.snapshotIDs, equals: ["s3", "s4", "s5"])
    // A run that was cut short is no run: then all steps are looked at, by class.
    let cut = old + [step(3, epoch: "b")]
    expect(LeakQuestion(series: cut, on: target)?.snapshotIDs, equals: ["s0", "s1", "s2", "s3"])
  }

  @Test func `of a long series six steps are looked at, from its first to its last`() {
    let steps = (0..<21).map { step($0) }
    let six = ["s0", "s4", "s8", "s12", "s16", "s20"]
    expect(LeakQuestion(series: steps, on: target)?.snapshotIDs, equals: six)
    expect(LeakQuestion(last: 21, of: steps, on: target)?.snapshotIDs, equals: six)
  }

  @Test func `what is left out of a long series is known`() {
    let steps = (0..<8).map { step($0) }
    let question = LeakQuestion(series: steps, on: target)
    expect(question?.selection?.total, equals: 8)
    expect(question?.selection?.numbers, equals: [1, 2, 3, 5, 6, 8])
    expect(question?.snapshotIDs, equals: ["s0", "s1", "s2", "s4", "s5", "s7"])
    #expect(LeakQuestion(series: Array(steps.prefix(6)), on: target)?.selection == nil)
  }

  @Test func `the last snapshots are the last by their time`() {
    let steps = (0..<5).map { step($0, epoch: $0 < 3 ? "a" : "b") }
    expect(LeakQuestion(last: 3, of: steps, on: target)?.snapshotIDs, equals: ["s2", "s3", "s4"])
    #expect(LeakQuestion(last: 6, of: steps, on: target) == nil)
    #expect(LeakQuestion(last: 2, of: steps, on: target) == nil)
  }
}

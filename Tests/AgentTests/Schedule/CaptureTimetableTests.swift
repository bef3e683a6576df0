import Agent
import Configuration
import HeapModel
import TestSupport
import Testing

@Suite struct CaptureTimetableTests {
  private typealias Due = CaptureTimetable.Due

  /// A target whose place is so many seconds before the end of a period.
  private func target(
    _ place: UInt64,
    snapshotEvery snapshots: Int64? = 600,
    sampleEvery samples: Int64? = nil,
    isReady: Bool = true
  ) -> CaptureTimetable.Target {
    .init(
      id: TargetID(high: 1, low: place * 1_000_000_000),
      schedule: CaptureSchedule(
        snapshotEvery: snapshots.map { .seconds($0) },
        sampleEvery: samples.map { .seconds($0) }
      ),
      isReady: isReady
    )
  }

  private func seconds(_ value: UInt64) -> UnixNanoseconds { value * 1_000_000_000 }

  @Test func `a target is due at its own place in the period, and not because we have started`() {
    let (first, second) = (target(100), target(400))
    var timetable = CaptureTimetable()

    expect(timetable.due([first, second], now: seconds(6_050)), equals: [])
    expect(timetable.due([first, second], now: seconds(6_199)), equals: [])
    expect(
      timetable.due([first, second], now: seconds(6_200)),
      equals: [Due(target: second.id, act: .snapshot)]
    )
    expect(timetable.due([first, second], now: seconds(6_201)), equals: [])
    expect(
      timetable.ended(Due(target: second.id, act: .snapshot), refusal: nil, now: 0),
      equals: nil
    )
    expect(
      timetable.due([first, second], now: seconds(6_500)),
      equals: [Due(target: first.id, act: .snapshot)]
    )
  }

  @Test func `one snapshot at a time, and one act at a time on a target`() {
    let both = target(0, sampleEvery: 60)
    let other = target(0, snapshotEvery: 300)
    let otherTarget = CaptureTimetable.Target(
      id: TargetID(high: 2, low: 0),
      schedule: other.schedule,
      isReady: true
    )
    var timetable = CaptureTimetable()
    _ = timetable.due([both, otherTarget], now: seconds(6_000))

    let snapshot = Due(target: both.id, act: .snapshot)
    expect(timetable.due([both, otherTarget], now: seconds(6_600)), equals: [snapshot])
    expect(timetable.due([both, otherTarget], now: seconds(6_610)), equals: [])
    _ = timetable.ended(snapshot, refusal: nil, now: seconds(6_611))
    expect(
      timetable.due([both, otherTarget], now: seconds(6_611)),
      equals: [
        Due(target: both.id, act: .sample(.seconds(30), intervalBytes: 512 << 10)),
        Due(target: otherTarget.id, act: .snapshot),
      ]
    )
  }

  @Test func `a target that was away is due once when it is back`() {
    var timetable = CaptureTimetable()
    _ = timetable.due([target(0)], now: seconds(6_000))
    expect(timetable.due([target(0, isReady: false)], now: seconds(8_000)), equals: [])
    expect(timetable.due([target(0)], now: seconds(8_500)).count, equals: 1)
    _ = timetable.ended(Due(target: target(0).id, act: .snapshot), refusal: nil, now: 0)
    expect(timetable.due([target(0)], now: seconds(8_600)), equals: [])
  }

  @Test func `a refusal waits for the next time, and only news is told`() {
    let due = Due(target: target(0).id, act: .snapshot)
    var timetable = CaptureTimetable()
    _ = timetable.due([target(0)], now: seconds(6_000))
    var told: [Bool] = []
    for (round, code) in [RefusalCode.noMemory, .noMemory, .budgetSpent].enumerated() {
      let now = seconds(6_600 + UInt64(round) * 600)
      expect(timetable.due([target(0)], now: now), equals: [due])
      let refusal = timetable.ended(due, refusal: code, now: now)
      expect(refusal?.count, equals: round + 1)
      told.append(refusal?.isNews ?? false)
      expect(timetable.due([target(0)], now: now + seconds(300)), equals: [])
    }
    expect(told, equals: [true, false, true])
  }

  @Test func `a busy host is asked again in a minute, and nothing is told of it`() {
    let due = Due(target: target(0).id, act: .snapshot)
    var timetable = CaptureTimetable()
    _ = timetable.due([target(0)], now: seconds(6_000))
    expect(timetable.due([target(0)], now: seconds(6_600)), equals: [due])
    expect(timetable.ended(due, refusal: .busy, now: seconds(6_600)), equals: nil)
    expect(timetable.due([target(0)], now: seconds(6_659)), equals: [])
    expect(timetable.due([target(0)], now: seconds(6_660)), equals: [due])
  }
}

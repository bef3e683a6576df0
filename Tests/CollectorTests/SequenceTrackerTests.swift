import Collector
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct SequenceTrackerTests {
  @Test func `a repetition is told from news, and a gap is counted`() {
    var tracker = SequenceTracker(acknowledged: 7)

    expect(tracker.received(7), equals: .repeated)
    expect(tracker.received(1), equals: .repeated)
    expect(tracker.received(8), equals: .take)
    tracker.committed(8)
    expect(tracker.received(8), equals: .repeated)
    expect(tracker.received(12), equals: .takeAfterLoss(count: 3))
    tracker.committed(12)
    expect(tracker.acknowledged, equals: 12)
    expect(tracker.received(0), equals: .malformed)
    expect(tracker.received(.max), equals: .takeAfterLoss(count: .max - 13))
  }

  @Test func `what was taken and not committed is taken again`() {
    let tracker = SequenceTracker(acknowledged: 0)
    expect(tracker.received(1), equals: .take)
    expect(tracker.received(1), equals: .take)
  }
}

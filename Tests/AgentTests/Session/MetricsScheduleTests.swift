import Agent
import TestSupport
import Testing

@Suite struct MetricsScheduleTests {
  private let origin = ContinuousClock.now

  @Test func `targets are read together, each at its own moment within a second`() {
    let schedule = MetricsSchedule(interval: .seconds(10), phase: 0.3, origin: origin)

    let first = schedule.next(after: origin, share: 0)
    let last = schedule.next(after: origin, share: 0.99)
    expect(first, equals: origin + .seconds(3))
    expect(last - first, equals: .milliseconds(990))
  }

  @Test func `readings are an interval apart, also after a late one`() {
    let schedule = MetricsSchedule(interval: .seconds(10), phase: 0, origin: origin)

    let first = schedule.next(after: origin, share: 0.5)
    expect(schedule.next(after: first, share: 0.5), equals: first + .seconds(10))
    expect(schedule.next(after: first + .seconds(27), share: 0.5), equals: first + .seconds(30))
  }

  @Test func `the collector may change the interval, but not below a second`() {
    let schedule = MetricsSchedule(interval: .seconds(10), phase: 0, origin: origin)

    schedule.interval = .milliseconds(1)
    expect(schedule.interval, equals: .seconds(1))
  }
}

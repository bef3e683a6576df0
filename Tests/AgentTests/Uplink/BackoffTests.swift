import Agent
import TestSupport
import Testing

@Suite struct BackoffTests {
  @Test func `waits are anything up to a bound that doubles until thirty seconds`() {
    var random = SeededGenerator(seed: 3)
    var highest: [Duration] = Array(repeating: .zero, count: 9)
    var lowest: [Duration] = Array(repeating: .seconds(99), count: 9)

    for _ in 0..<2_000 {
      var backoff = Backoff()
      for attempt in highest.indices {
        let wait = backoff.next(using: &random)
        highest[attempt] = max(highest[attempt], wait)
        lowest[attempt] = min(lowest[attempt], wait)
      }
    }
    let bounds = [0.5, 1, 2, 4, 8, 16, 30, 30, 30].map { Duration.milliseconds(Int64($0 * 1_000)) }
    for (attempt, bound) in bounds.enumerated() {
      #expect(highest[attempt] <= bound)
      #expect(highest[attempt] > bound * 0.97)
      #expect(lowest[attempt] < bound * 0.03)
    }
  }

  @Test func `after a success the next wait is short again`() {
    var random = SeededGenerator(seed: 4)
    var backoff = Backoff()
    for _ in 0..<10 { _ = backoff.next(using: &random) }

    backoff.reset()
    #expect(backoff.next(using: &random) <= .milliseconds(500))
  }
}

import Agent
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct SignalTests {
  @Test func `what was raised between looking and waiting is not missed`() async {
    let signal = Signal()
    let seen = signal.count
    signal.raise()

    await signal.wait(beyond: seen)
    expect(signal.count, equals: seen + 1)
  }

  @Test func `all who wait are woken`() async {
    let signal = Signal()
    let seen = signal.count

    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<20 { group.addTask { await signal.wait(beyond: seen) } }
      try? await Task.sleep(for: .milliseconds(20))
      signal.raise()
      await group.waitForAll()
    }
    expect(signal.count, equals: seen + 1)
  }

  @Test func `a cancelled wait ends`() async {
    let signal = Signal()
    let task = Task { await signal.wait(beyond: signal.count) }
    task.cancel()
    await task.value
    expect(signal.count, equals: 0)
  }

  @Test func `a wait may have a limit`() async {
    let signal = Signal()
    let began = ContinuousClock.now

    await signal.wait(beyond: signal.count, atMost: .milliseconds(50))
    #expect(ContinuousClock.now - began >= .milliseconds(50))
  }
}

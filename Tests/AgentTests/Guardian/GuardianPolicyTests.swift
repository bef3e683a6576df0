import Agent
import TestSupport
import Testing

@Suite struct GuardianPolicyTests {
  private func seconds(_ count: Double) -> Duration { .milliseconds(Int64(count * 1_000)) }

  /// A guardian whose worker is ready since second 1.
  private func readyPolicy() -> GuardianPolicy {
    var policy = GuardianPolicy()
    expect(policy.tick(at: .zero), equals: .start)
    policy.sawReady(at: seconds(1))
    return policy
  }

  @Test func `a worker that keeps saying that it lives is left alone`() {
    var policy = readyPolicy()

    for second in 2..<100 {
      #expect(policy.tick(at: seconds(Double(second) - 0.1)) == nil)
      policy.sawSign(at: seconds(Double(second)))
    }
  }

  @Test func `three seconds of silence are the end`() {
    var policy = readyPolicy()

    expect(policy.deadline, equals: seconds(4))
    #expect(policy.tick(at: seconds(3.9)) == nil)
    expect(policy.tick(at: seconds(4)), equals: .kill)
    // A sign that was under way changes nothing any more.
    policy.sawSign(at: seconds(4.1))
    #expect(policy.tick(at: seconds(20)) == nil)
    #expect(policy.workerEnded(.signalled(9), at: seconds(20)) == nil)
    expect(policy.tick(at: seconds(20.1)), equals: .start)
  }

  @Test func `time that it waited for a processor is not its own silence, up to a limit`() {
    var policy = readyPolicy()

    expect(policy.silence(at: seconds(3)), equals: seconds(2))
    policy.sawStarvation(seconds(1.5))
    expect(policy.deadline, equals: seconds(5.5))
    policy.sawStarvation(seconds(60))
    expect(policy.deadline, equals: seconds(11))
    expect(policy.tick(at: seconds(11)), equals: .kill)
  }

  @Test func `what it waited before its last sign does not count`() {
    var policy = readyPolicy()

    policy.sawStarvation(seconds(2))
    policy.sawSign(at: seconds(4))
    expect(policy.deadline, equals: seconds(7))
  }

  @Test func `a worker may take longer to start than to say that it lives`() {
    var policy = GuardianPolicy()
    expect(policy.tick(at: .zero), equals: .start)

    #expect(policy.tick(at: seconds(29)) == nil)
    expect(policy.tick(at: seconds(30)), equals: .kill)
  }

  @Test func `a worker that cannot start is a reason to give up`() {
    var policy = GuardianPolicy()
    expect(policy.tick(at: .zero), equals: .start)

    expect(policy.workerEnded(.exited(2), at: seconds(1)), equals: .exit(2))
    #expect(policy.deadline == nil)
  }

  @Test func `one that dies again and again is started ever more rarely`() {
    var policy = readyPolicy()
    var now = seconds(2)
    var waits: [Duration] = []

    for _ in 0..<12 {
      #expect(policy.workerEnded(.signalled(11), at: now) == nil)
      guard let next = policy.deadline else { return }
      waits.append(next - now)
      expect(policy.tick(at: next), equals: .start)
      now = next + seconds(1)
    }
    expect(Array(waits.prefix(4)), equals: [0.1, 0.2, 0.4, 0.8].map(seconds))
    expect(waits.last, equals: seconds(30))
  }

  @Test func `one that lived for a minute is started soon`() {
    var policy = readyPolicy()
    _ = policy.workerEnded(.exited(1), at: seconds(2))
    expect(policy.tick(at: seconds(3)), equals: .start)
    policy.sawSign(at: seconds(70))

    _ = policy.workerEnded(.exited(1), at: seconds(71))
    expect(policy.deadline, equals: seconds(71.1))
  }

  @Test func `told to end it ends its worker first`() {
    var policy = readyPolicy()

    expect(policy.wasToldToEnd(at: seconds(2)), equals: .terminate)
    #expect(policy.wasToldToEnd(at: seconds(2.1)) == nil)
    expect(policy.workerEnded(.exited(0), at: seconds(2.5)), equals: .exit(0))
  }

  @Test func `a worker that does not end is killed, silent or not`() {
    var silent = readyPolicy()
    expect(silent.wasToldToEnd(at: seconds(2)), equals: .terminate)
    expect(silent.tick(at: seconds(4)), equals: .kill)
    expect(silent.workerEnded(.signalled(9), at: seconds(4.1)), equals: .exit(137))

    var chatty = readyPolicy()
    expect(chatty.wasToldToEnd(at: seconds(2)), equals: .terminate)
    for tenth in 21..<120 { chatty.sawSign(at: seconds(Double(tenth) / 10)) }
    expect(chatty.tick(at: seconds(12)), equals: .kill)
  }

  @Test func `told to end while no worker runs it just ends`() {
    var policy = readyPolicy()
    _ = policy.workerEnded(.exited(1), at: seconds(2))

    expect(policy.wasToldToEnd(at: seconds(2.05)), equals: .exit(0))
  }
}

import GRPCTransport
import TestSupport
import Testing

@Suite struct TrafficTests {
  @Test func `calls beyond the cap are refused until one has ended`() {
    var traffic = Traffic<Int>(maxActive: 2)
    for slot in 1...4 { expect(traffic.arm(slot), equals: true) }

    #expect(traffic.accepted(objection: nil) == nil)
    #expect(traffic.accepted(objection: nil) == nil)
    expect(traffic.accepted(objection: nil)?.code, equals: .resourceExhausted)
    #expect(traffic.active == 2 && traffic.refusing == 1)

    traffic.ended()
    #expect(traffic.accepted(objection: nil) == nil)
    expect(traffic.active, equals: 2)
  }

  @Test func `too many refusals under way park the slots, and their ends bring them back`() {
    var traffic = Traffic<Int>(maxActive: 0, maxRefusing: 2)
    for slot in 1...3 { expect(traffic.arm(slot), equals: true) }
    #expect(traffic.accepted(objection: nil) != nil)
    #expect(traffic.accepted(objection: nil) != nil)

    expect(traffic.arm(1), equals: false)
    expect(traffic.arm(2), equals: false)
    let first = traffic.refusalEnded()
    let second = traffic.refusalEnded()
    expect([first, second], equals: [2, 1])
    expect(traffic.arm(1), equals: true)
    expect(traffic.refusing, equals: 0)
  }

  @Test func `an objection is passed on, and counts as a refusal`() {
    var traffic = Traffic<Int>(maxActive: 5)
    expect(traffic.arm(1), equals: true)
    let objection = RPCError(.unauthenticated, "who are you?")
    expect(traffic.accepted(objection: objection), equals: objection)
    #expect(traffic.active == 0 && traffic.refusing == 1)
  }

  @Test func `the end is when nothing is under way and nothing can come`() {
    var traffic = Traffic<Int>(maxActive: 1)
    for slot in 1...3 { expect(traffic.arm(slot), equals: true) }
    #expect(traffic.accepted(objection: nil) == nil)
    expect(traffic.accepted(objection: nil)?.code, equals: .resourceExhausted)

    expect(traffic.beginStop(), equals: true)
    expect(traffic.beginStop(), equals: false)
    expect(traffic.arm(1), equals: false)
    expect(traffic.isEnd, equals: false)
    // A call that was on its way already.
    expect(traffic.accepted(objection: nil)?.code, equals: .unavailable)
    _ = traffic.refusalEnded()
    _ = traffic.refusalEnded()
    expect(traffic.isEnd, equals: false)
    traffic.ended()
    #expect(traffic.isEnd)
  }
}

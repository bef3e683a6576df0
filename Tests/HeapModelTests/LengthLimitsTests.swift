import HeapModel
import TestSupport
import Testing

@Suite struct LengthLimitsTests {
  @Test(arguments: [
    (LengthLimits.sampling, UInt64(0), "a window of sampling takes from 1ms to 1h, not 0ms"),
    (.sampling, 3_600_001, "a window of sampling takes from 1ms to 1h, not 3600001ms"),
    (.timeline, 99, "a timeline takes from 100ms to 1m, not 99ms"),
    (.collections, 120_000, "a window of collections takes from 100ms to 1m, not 2m"),
    (.census, 1, "a census takes no length, not 1 ms"),
  ])
  func `what is too short or too long is refused with what is allowed`(
    _ limits: LengthLimits,
    _ asked: UInt64,
    _ reason: String
  ) {
    expect(limits.refusal(of: asked), equals: reason)
  }

  @Test(arguments: [LengthLimits.sampling, .timeline, .collections, .census])
  func `both ends are allowed`(_ limits: LengthLimits) {
    expect(limits.refusal(of: limits.milliseconds.lowerBound), equals: nil)
    expect(limits.refusal(of: limits.milliseconds.upperBound), equals: nil)
  }
}

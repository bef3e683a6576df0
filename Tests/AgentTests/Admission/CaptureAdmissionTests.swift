import Agent
import HeapModel
import TestSupport
import Testing

@Suite struct CaptureAdmissionTests {
  private let megabyte: UInt64 = 1_000_000
  private let roomy = MemorySituation(residentSize: 200_000_000, available: 8_000_000_000)

  private func decide(
    heapUsed: UInt64,
    _ situation: MemorySituation,
    policy: CapturePolicy = CapturePolicy(memoryReserve: 0),
    isForced: Bool = false
  ) -> CaptureAdmission.Decision {
    CaptureAdmission.decide(
      CaptureEstimate(runtime: .node, heapUsed: heapUsed),
      heapUsed: heapUsed,
      in: situation,
      policy: policy,
      isForced: isForced
    )
  }

  private func refusal(_ decision: CaptureAdmission.Decision) -> CaptureAdmission.Refusal? {
    if case .refused(_, let refusal) = decision { refusal } else { nil }
  }

  // MARK: Estimates

  @Test func `the first estimate is the heap's size times what the runtime needs`() {
    let node = CaptureEstimate(runtime: .node, heapUsed: 100 * megabyte)
    expect(node, equals: CaptureEstimate(growthBytes: 1_600 * megabyte, pauseMilliseconds: 9_000))
    let bun = CaptureEstimate(runtime: .bun, heapUsed: 100 * megabyte)
    expect(bun.growthBytes, equals: 650 * megabyte)
    // 67.9 MB of workerd's grew by 3.0 GB and stood still for 20.6 s.
    let workerd = CaptureEstimate(runtime: .workerd, heapUsed: 68 * megabyte)
    #expect(workerd.growthBytes > 3_004 * megabyte)
    #expect(workerd.pauseMilliseconds > 20_600)
  }

  @Test func `an earlier snapshot makes a better one, scaled to today's heap`() {
    let earlier = EarlierCapture(
      heapUsed: 100 * megabyte,
      nodeCount: 1_600_000,
      pauseMilliseconds: 3_000
    )
    let node = CaptureEstimate(runtime: .node, heapUsed: 200 * megabyte, earlier: earlier)
    expect(node, equals: CaptureEstimate(growthBytes: 1_120 * megabyte, pauseMilliseconds: 6_000))
    var dear = earlier
    dear.growthBytes = 900 * megabyte
    let learnt = CaptureEstimate(runtime: .node, heapUsed: 200 * megabyte, earlier: dear)
    expect(learnt.growthBytes, equals: 1_800 * megabyte)
    let bun = CaptureEstimate(runtime: .bun, heapUsed: 200 * megabyte, earlier: earlier)
    expect(bun, equals: CaptureEstimate(growthBytes: 640 * megabyte, pauseMilliseconds: 6_000))
  }

  @Test func `absurd numbers stay numbers`() {
    let estimate = CaptureEstimate(
      runtime: .node,
      heapUsed: .max,
      earlier: EarlierCapture(heapUsed: 1, nodeCount: .max, pauseMilliseconds: .max)
    )
    expect(estimate, equals: CaptureEstimate(growthBytes: .max, pauseMilliseconds: .max))
  }

  // MARK: Decisions

  @Test func `a snapshot that fits is admitted`() {
    let estimate = CaptureEstimate(runtime: .node, heapUsed: 100 * megabyte)
    expect(decide(heapUsed: 100 * megabyte, roomy), equals: .admitted(estimate, overridden: nil))
  }

  @Test func `growth must fit into what the host has available`() {
    var situation = roomy
    situation.available = 1_600 * megabyte
    #expect(refusal(decide(heapUsed: 100 * megabyte, situation)) == nil)
    situation.available -= 1
    let refused = refusal(decide(heapUsed: 100 * megabyte, situation))
    expect(refused?.code, equals: .noMemory)
    expect(refused?.reason.contains("1600 MB more memory"), equals: true)
  }

  @Test func `and leave the reserve`() {
    var situation = roomy
    situation.available = 1_700 * megabyte
    let policy = CapturePolicy(memoryReserve: 100 * megabyte + 1)
    expect(
      refusal(decide(heapUsed: 100 * megabyte, situation, policy: policy))?.code,
      equals: .noMemory
    )
  }

  @Test func `every limit around the target binds`() {
    var situation = roomy
    situation.limits = [
      MemoryLimit(group: "/pod/app", limit: 4_000 * megabyte, used: 300 * megabyte),
      MemoryLimit(group: "/pod", limit: 1_900 * megabyte, used: 310 * megabyte),
    ]
    let refused = refusal(decide(heapUsed: 100 * megabyte, situation))
    expect(refused?.code, equals: .noMemory)
    expect(refused?.reason.contains("control group /pod is limited to 1900 MB"), equals: true)

    situation.limits[1].limit = 1_910 * megabyte
    #expect(refusal(decide(heapUsed: 100 * megabyte, situation)) == nil)
  }

  @Test func `resident size counts where a group tells less`() {
    var situation = roomy
    situation.limits = [MemoryLimit(group: "/x", limit: 1_799 * megabyte, used: 0)]
    expect(refusal(decide(heapUsed: 100 * megabyte, situation))?.code, equals: .noMemory)
  }

  @Test func `what the host's owner said is kept`() {
    var policy = CapturePolicy(memoryReserve: 0)
    policy.longestPauseMilliseconds = 8_999
    expect(
      refusal(decide(heapUsed: 100 * megabyte, roomy, policy: policy))?.code,
      equals: .pauseTooLong
    )
    policy = CapturePolicy(memoryReserve: 0)
    policy.largestHeap = 99 * megabyte
    expect(
      refusal(decide(heapUsed: 100 * megabyte, roomy, policy: policy))?.code,
      equals: .heapTooLarge
    )
    policy = CapturePolicy(memoryReserve: 0)
    policy.isEnabled = false
    expect(refusal(decide(heapUsed: 1, roomy, policy: policy))?.code, equals: .disabled)
  }

  @Test func `force overrides estimates and is remembered, but not the host's owner`() {
    var situation = roomy
    situation.available = 0
    guard
      case .admitted(_, let overridden) = decide(
        heapUsed: 100 * megabyte,
        situation,
        isForced: true
      )
    else {
      Issue.record("refused")
      return
    }
    expect(overridden?.contains("0 MB available"), equals: true)

    var policy = CapturePolicy(memoryReserve: 0)
    policy.isEnabled = false
    let decision = decide(heapUsed: 1, roomy, policy: policy, isForced: true)
    expect(refusal(decision)?.code, equals: .disabled)
  }
}

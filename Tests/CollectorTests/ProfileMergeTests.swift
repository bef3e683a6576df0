import Collector
import HeapModel
import TestSupport
import Testing

struct ProfileMergeTests {
  private func profile(_ size: UInt64, _ measure: SamplingProfile.Measure) -> SamplingProfile {
    SamplingProfile(
      frames: ["(root)", "handle"].map {
        SamplingProfile.Frame(function: $0, url: "", scriptID: "", line: -1, column: -1)
      },
      nodes: [
        SamplingProfile.Node(frame: 0, parent: 0, selfSize: 0, count: 0),
        SamplingProfile.Node(frame: 1, parent: 0, selfSize: size, count: 1),
      ],
      intervalBytes: 1,
      startedAt: 1,
      endedAt: 2,
      measure: measure
    )
  }

  @Test(arguments: [[0, 1, 2, 3], [3, 0, 2, 1], [1, 3, 0, 2]])
  func `what is alive and what was allocated is never added up`(order: [Int]) {
    let profiles = [
      profile(10, .alive), profile(20, .alive), profile(400, .allocated), profile(800, .allocated),
    ]
    let ids = profiles.indices.map { TargetID(high: 1, low: UInt64($0)) }
    var merge = ProfileMerge()
    for index in order { merge.add(profiles[index], of: ids[index]) }

    expect(merge.profile?.measure, equals: .alive)
    expect(merge.profile?.totalSize, equals: 30)
    expect(merge.mergedTargets, equals: [ids[0], ids[1]])
    expect(merge.leftOutTargets, equals: [ids[2], ids[3]])
  }

  @Test func `profiles of what was allocated are merged where there are no others`() {
    var merge = ProfileMerge()
    for index in 0..<2 {
      merge.add(profile(400, .allocated), of: TargetID(high: 1, low: UInt64(index)))
    }

    expect(merge.profile?.measure, equals: .allocated)
    expect(merge.profile?.totalSize, equals: 800)
    expect(merge.mergedTargets.count, equals: 2)
    #expect(merge.leftOutTargets.isEmpty)
  }
}

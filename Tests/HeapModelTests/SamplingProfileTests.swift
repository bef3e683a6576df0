import HeapModel
import TestSupport
import Testing

@Suite struct SamplingProfileTests {
  /// main → a → b → c and main → d → b → c, of 10 bytes each, and 5 in `a` itself.
  private let profile: SamplingProfile = {
    func frame(_ name: String) -> SamplingProfile.Frame {
      .init(function: name, url: "", scriptID: "1", line: 0, column: 0)
    }
    func node(_ frame: UInt32, _ parent: UInt32, _ size: UInt64 = 0) -> SamplingProfile.Node {
      .init(frame: frame, parent: parent, selfSize: size, count: size > 0 ? 1 : 0)
    }
    return SamplingProfile(
      frames: ["(root)", "main", "a", "b", "c", "d"].map(frame),
      nodes: [
        node(0, 0), node(1, 0), node(2, 1, 5), node(3, 2), node(4, 3, 10), node(5, 1), node(3, 5),
        node(4, 6, 10),
      ],
      intervalBytes: 1,
      startedAt: 0,
      endedAt: 1
    )
  }()

  /// Each stack with samples, outermost frame first.
  private func stacks(_ profile: SamplingProfile) -> [String: UInt64] {
    var stacks: [String: UInt64] = [:]
    for (index, node) in profile.nodes.enumerated() where node.selfSize > 0 {
      var names: [String] = []
      var place = index
      while place != 0 {
        names.append(profile.frames[Int(profile.nodes[place].frame)].function)
        place = Int(profile.nodes[place].parent)
      }
      stacks[names.reversed().joined(separator: " "), default: 0] += node.selfSize
    }
    return stacks
  }

  @Test func `the innermost frames are kept, and stacks that are then the same are one`() {
    expect(profile.trimmed(toDepth: 4), equals: profile)
    expect(
      stacks(profile.trimmed(toDepth: 3)),
      equals: ["main a": 5, "a b c": 10, "d b c": 10]
    )
    expect(stacks(profile.trimmed(toDepth: 2)), equals: ["main a": 5, "b c": 20])
    expect(stacks(profile.trimmed(toDepth: 1)), equals: ["a": 5, "c": 20])
    expect(profile.trimmed(toDepth: 2).totalSize, equals: profile.totalSize)
  }
}

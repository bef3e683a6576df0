import HeapModel
import Testing

struct SamplingProfileMergingTests {
  @Test func `equal stacks of several targets become one`() {
    let first = profile(["(root)", "main", "handle"], parents: [0, 0, 1], sizes: [0, 10, 300])
    let second = profile(
      ["(root)", "other", "main", "handle"],
      parents: [0, 0, 0, 2],
      sizes: [0, 5, 0, 200],
      scriptID: "77"
    )
    let merged = SamplingProfile.merged([first, second])

    #expect(stacks(merged) == ["main": 10, "main/handle": 500, "other": 5])
    #expect(merged.totalSize == first.totalSize + second.totalSize)
    #expect(merged.nodes.reduce(0) { $0 + $1.count } == 7)
    #expect(merged.frames.filter { $0.function == "handle" }.count == 1)
  }

  @Test func `frames differ by line and column`() {
    var second = profile(["(root)", "main"], parents: [0, 0], sizes: [0, 1])
    second.frames[1].column = 99
    let merged = SamplingProfile.merged([
      profile(["(root)", "main"], parents: [0, 0], sizes: [0, 1]), second,
    ])

    #expect(merged.nodes.count == 3)
  }

  @Test func `the time is that of all, the interval the widest`() {
    var second = profile(["(root)"], parents: [0], sizes: [4])
    second.startedAt = 5
    second.endedAt = 90
    second.intervalBytes = 1 << 20
    let merged = SamplingProfile.merged([profile(["(root)"], parents: [0], sizes: [3]), second])

    #expect(merged.startedAt == 5)
    #expect(merged.endedAt == 90)
    #expect(merged.intervalBytes == 1 << 20)
    #expect(merged.nodes.map(\.selfSize) == [7])
  }

  @Test func `nothing merged is a root alone`() {
    #expect(SamplingProfile.merged([]).nodes.count == 1)
    #expect(SamplingProfile.merged([]).startedAt == 0)
  }

  @Test func `numbers that do not exist hang on the root or are left out`() {
    var broken = profile(["(root)", "a", "b", "c"], parents: [0, 3, 1, 2], sizes: [0, 1, 2, 4])
    broken.nodes[2].frame = 50
    let merged = SamplingProfile.merged([broken])

    #expect(stacks(merged) == ["a": 1])
  }

  private func profile(
    _ functions: [String],
    parents: [UInt32],
    sizes: [UInt64],
    scriptID: String = "1"
  ) -> SamplingProfile {
    SamplingProfile(
      frames: functions.map {
        SamplingProfile.Frame(function: $0, url: "app.js", scriptID: scriptID, line: 1, column: 2)
      },
      nodes: functions.indices.map {
        SamplingProfile.Node(frame: UInt32($0), parent: parents[$0], selfSize: sizes[$0], count: 1)
      },
      intervalBytes: 131_072,
      startedAt: 10,
      endedAt: 20
    )
  }

  /// Bytes by path of function names, for all nodes that hold some.
  private func stacks(_ profile: SamplingProfile) -> [String: UInt64] {
    var paths: [String] = []
    var sizes: [String: UInt64] = [:]
    for (index, node) in profile.nodes.enumerated() {
      let parent = index == 0 ? "" : paths[Int(node.parent)]
      let name = index == 0 ? "" : profile.frames[Int(node.frame)].function
      paths.append(parent.isEmpty ? name : parent + "/" + name)
      if node.selfSize > 0 { sizes[paths[index], default: 0] += node.selfSize }
    }
    return sizes
  }
}

extension SamplingProfile {
  /// The profile with the innermost `depth` frames of each stack, those that allocate.
  ///
  /// V8 takes no depth over its older inspectors and keeps 128 frames.
  ///
  /// - Parameter depth: at least 1; the root is no frame.
  /// - Complexity: the nodes, and for each stack that is longer its frames.
  package func trimmed(toDepth depth: Int) -> SamplingProfile {
    var depths: [Int] = []
    depths.reserveCapacity(nodes.count)
    // Parents come first; the root is its own.
    for (index, node) in nodes.enumerated() {
      let parent = Int(node.parent)
      depths.append(parent < index ? depths[parent] + 1 : 0)
    }
    guard depths.contains(where: { $0 > depth }) else { return self }
    var trimmed = self
    var tree = StackTree(root: nodes[0])
    for (index, node) in nodes.enumerated().dropFirst() where node.count > 0 || node.selfSize > 0 {
      var frames: [UInt32] = []
      var place = index
      while frames.count < depth, depths[place] > 0 {
        frames.append(nodes[place].frame)
        place = Int(nodes[place].parent)
      }
      tree.add(frames.reversed(), size: node.selfSize, count: node.count)
    }
    trimmed.nodes = tree.nodes
    return trimmed
  }
}

/// Stacks put together again from their outermost frames on.
private struct StackTree {
  private struct Step: Hashable {
    var parent: UInt32
    var frame: UInt32
  }

  private(set) var nodes: [SamplingProfile.Node]
  private var places: [Step: UInt32] = [:]

  init(root: SamplingProfile.Node) {
    nodes = [root]
  }

  mutating func add(_ frames: some Sequence<UInt32>, size: UInt64, count: UInt64) {
    var place: UInt32 = 0
    for frame in frames {
      let step = Step(parent: place, frame: frame)
      if let known = places[step] {
        place = known
        continue
      }
      let next = UInt32(nodes.count)
      nodes.append(SamplingProfile.Node(frame: frame, parent: place, selfSize: 0, count: 0))
      places[step] = next
      place = next
    }
    nodes[Int(place)].selfSize &+= size
    nodes[Int(place)].count &+= count
  }
}

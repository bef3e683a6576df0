extension SamplingProfile {
  /// One profile of many targets: stacks of equal frames become one, with their sizes and counts
  /// added up.
  ///
  /// Frames are equal by function, URL, line and column; script ids differ from process to process
  /// and are left out. The period is that of all profiles together, the interval the widest.
  /// Time grows with the nodes of all. A node whose parent does not stand before it hangs on the
  /// root, and one whose frame does not exist is left out with what is below it.
  package static func merged(_ profiles: [SamplingProfile]) -> SamplingProfile {
    var merger = ProfileMerger()
    for profile in profiles { merger.add(profile) }
    return merger.profile
  }
}

private struct ProfileMerger {
  private struct Place: Hashable {
    var parent: UInt32
    var frame: UInt32
  }

  private(set) var profile = SamplingProfile(
    frames: [
      SamplingProfile.Frame(function: "(root)", url: "", scriptID: "", line: -1, column: -1)
    ],
    nodes: [SamplingProfile.Node(frame: 0, parent: 0, selfSize: 0, count: 0)],
    intervalBytes: 0,
    startedAt: 0,
    endedAt: 0
  )
  private var frames: [SamplingProfile.Frame: UInt32] = [:]
  private var nodes: [Place: UInt32] = [:]
  private var isEmpty = true

  mutating func add(_ other: SamplingProfile) {
    profile.startedAt = isEmpty ? other.startedAt : min(profile.startedAt, other.startedAt)
    profile.endedAt = max(profile.endedAt, other.endedAt)
    profile.intervalBytes = max(profile.intervalBytes, other.intervalBytes)
    isEmpty = false

    let frames = other.frames.map { number(of: $0) }
    /// Where each node of the other profile went.
    var places: [UInt32?] = []
    for (index, node) in other.nodes.enumerated() {
      let place = self.place(of: node, at: index, frames, places)
      places.append(place)
      guard let place else { continue }
      profile.nodes[Int(place)].selfSize &+= node.selfSize
      profile.nodes[Int(place)].count &+= node.count
    }
  }

  private mutating func place(
    of node: SamplingProfile.Node,
    at index: Int,
    _ frames: [UInt32],
    _ places: [UInt32?]
  ) -> UInt32? {
    guard index > 0 else { return 0 }
    let hasParent = Int(node.parent) < index
    guard Int(node.frame) < frames.count, let parent = hasParent ? places[Int(node.parent)] : 0
    else { return nil }
    let place = Place(parent: parent, frame: frames[Int(node.frame)])
    if let known = nodes[place] { return known }
    let number = UInt32(profile.nodes.count)
    profile.nodes.append(
      SamplingProfile.Node(frame: place.frame, parent: parent, selfSize: 0, count: 0)
    )
    nodes[place] = number
    return number
  }

  private mutating func number(of frame: SamplingProfile.Frame) -> UInt32 {
    var frame = frame
    frame.scriptID = ""
    if let known = frames[frame] { return known }
    let number = UInt32(profile.frames.count)
    profile.frames.append(frame)
    frames[frame] = number
    return number
  }
}

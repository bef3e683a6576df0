package import HeapModel

/// Adds sampling profiles of several processes up to one, stack by stack.
///
/// Frames are the same when function, place and line are: a script's number differs from process
/// to process and is left out where it does. What is alive and what was allocated is never added up:
/// where there are profiles of both, those of what is alive count, and the others are left out.
package struct ProfileMerge: Sendable {
  /// Nodes of the merged profile, at most; what does not fit is added to its caller, so the sum
  /// stays right.
  private let maximumNodes: Int
  private let maximumFrames: Int

  private struct FrameKey: Hashable {
    var function: String
    var url: String
    var line: Int32
    var column: Int32
  }

  private struct Edge: Hashable {
    var parent: UInt32
    var frame: UInt32
  }

  private var frameNumbers: [FrameKey: UInt32] = [:]
  private var children: [Edge: UInt32] = [:]
  private var merged: SamplingProfile?
  /// Whose profiles are in it.
  package private(set) var mergedTargets: Set<TargetID> = []
  /// Whose profiles measure something else.
  package private(set) var leftOutTargets: Set<TargetID> = []

  package init(maximumNodes: Int = 1_000_000, maximumFrames: Int = 100_000) {
    self.maximumNodes = maximumNodes
    self.maximumFrames = maximumFrames
  }

  /// The sum; nil before the first profile.
  package var profile: SamplingProfile? { merged }

  package mutating func add(_ profile: SamplingProfile, of target: TargetID) {
    guard let root = profile.nodes.first, Int(root.frame) < profile.frames.count else { return }
    if let measure = merged?.measure, measure != profile.measure {
      guard profile.measure == .alive else {
        leftOutTargets.insert(target)
        return
      }
      leaveOutWhatIsMerged()
    }
    mergedTargets.insert(target)
    var sum = merged ?? start(with: profile, root)
    merged = nil  // so that the arrays are not copied
    sum.startedAt = min(sum.startedAt, profile.startedAt)
    sum.endedAt = max(sum.endedAt, profile.endedAt)
    sum.intervalBytes = max(sum.intervalBytes, profile.intervalBytes)
    var place = Array(repeating: UInt32(0), count: profile.nodes.count)
    for (index, node) in profile.nodes.enumerated() {
      if index > 0 {
        place[index] = child(of: place[Int(node.parent)], profile.frames[Int(node.frame)], in: &sum)
      }
      sum.nodes[Int(place[index])].selfSize &+= node.selfSize
      sum.nodes[Int(place[index])].count &+= node.count
    }
    merged = sum
  }

  private mutating func leaveOutWhatIsMerged() {
    leftOutTargets.formUnion(mergedTargets)
    (mergedTargets, merged, frameNumbers, children) = ([], nil, [:], [:])
  }

  private mutating func start(
    with profile: SamplingProfile,
    _ root: SamplingProfile.Node
  ) -> SamplingProfile {
    var sum = SamplingProfile(
      frames: [],
      nodes: [],
      intervalBytes: profile.intervalBytes,
      startedAt: profile.startedAt,
      endedAt: profile.endedAt,
      measure: profile.measure
    )
    let frame = number(of: profile.frames[Int(root.frame)], in: &sum) ?? 0
    sum.nodes.append(SamplingProfile.Node(frame: frame, parent: 0, selfSize: 0, count: 0))
    return sum
  }

  private mutating func child(
    of parent: UInt32,
    _ frame: SamplingProfile.Frame,
    in sum: inout SamplingProfile
  ) -> UInt32 {
    guard let frame = number(of: frame, in: &sum) else { return parent }
    let edge = Edge(parent: parent, frame: frame)
    if let known = children[edge] { return known }
    guard sum.nodes.count < maximumNodes else { return parent }
    let number = UInt32(sum.nodes.count)
    sum.nodes.append(SamplingProfile.Node(frame: frame, parent: parent, selfSize: 0, count: 0))
    children[edge] = number
    return number
  }

  private mutating func number(
    of frame: SamplingProfile.Frame,
    in sum: inout SamplingProfile
  ) -> UInt32? {
    let key = FrameKey(
      function: frame.function,
      url: frame.url,
      line: frame.line,
      column: frame.column
    )
    if let known = frameNumbers[key] {
      if sum.frames[Int(known)].scriptID != frame.scriptID { sum.frames[Int(known)].scriptID = "" }
      return known
    }
    guard sum.frames.count < maximumFrames else { return nil }
    let number = UInt32(sum.frames.count)
    sum.frames.append(frame)
    frameNumbers[key] = number
    return number
  }
}

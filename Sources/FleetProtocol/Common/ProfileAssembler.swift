package import HeapModel

/// Joins the parts of a profile, in the order in which they were cut.
package struct ProfileAssembler {
  private var profile: SamplingProfile?

  package init() {}

  /// Takes the next part.
  ///
  /// - Throws: `tooLarge` when the profile passes the contract's maxima.
  package mutating func append(_ part: ProfilePart) throws(FleetError) {
    guard var whole = profile else {
      profile = SamplingProfile(
        frames: part.frames,
        nodes: part.nodes,
        intervalBytes: part.intervalBytes,
        startedAt: part.startedAt,
        endedAt: part.endedAt,
        measure: part.measure
      )
      return
    }
    guard whole.frames.count + part.frames.count <= FleetLimits.profileFrames,
      whole.nodes.count + part.nodes.count <= FleetLimits.profileNodes
    else {
      throw FleetError(
        .tooLarge,
        "a profile has at most \(FleetLimits.profileFrames) frames and \(FleetLimits.profileNodes) nodes"
      )
    }
    profile = nil  // so that the arrays are not copied
    whole.frames += part.frames
    whole.nodes += part.nodes
    profile = whole
  }

  /// The profile, in which every frame is there and every parent stands before its children.
  ///
  /// - Throws: `malformed` where that is not so, or no part came.
  package func finish() throws(FleetError) -> SamplingProfile {
    guard let profile else { throw FleetError(.malformed, "a profile without any part") }
    for (index, node) in profile.nodes.enumerated() {
      guard node.frame < profile.frames.count else {
        throw FleetError(.malformed, "node \(index) has frame \(node.frame), which is not there")
      }
      guard node.parent < index || (index == 0 && node.parent == 0) else {
        throw FleetError(.malformed, "node \(index) stands before its parent \(node.parent)")
      }
    }
    return profile
  }
}

extension SamplingProfile {
  /// The profile cut into parts, each of at most `maximumSize` bytes on the wire.
  ///
  /// Frames and nodes are taken in order; at least one part comes, also of an empty profile.
  package func parts(maximumSize: Int = FleetLimits.page) -> [ProfilePart] {
    var parts: [ProfilePart] = []
    var part = emptyPart
    var size = Self.fixedSize
    func close() {
      parts.append(part)
      part = emptyPart
      size = Self.fixedSize
    }
    for frame in frames.prefix(FleetLimits.profileFrames) {
      let cost = Self.size(of: frame)
      if size + cost > maximumSize, !part.frames.isEmpty { close() }
      part.frames.append(frame)
      size += cost
    }
    for node in nodes.prefix(FleetLimits.profileNodes) {
      if size + Self.nodeSize > maximumSize { close() }
      part.nodes.append(node)
      size += Self.nodeSize
    }
    parts.append(part)
    return parts
  }

  private var emptyPart: ProfilePart {
    ProfilePart(
      frames: [],
      nodes: [],
      intervalBytes: intervalBytes,
      startedAt: startedAt,
      endedAt: endedAt,
      measure: measure
    )
  }

  /// Upper bounds of what things take on the wire: tags and lengths of the columns, two varints of
  /// 32 and two of 64 bits, and for a frame three texts with theirs and two varints.
  private static let fixedSize = 128
  private static let nodeSize = 5 + 5 + 10 + 10

  private static func size(of frame: Frame) -> Int {
    let texts = [frame.function, frame.url, frame.scriptID].map {
      4 + min($0.utf8.count, FleetLimits.text)
    }
    return texts.reduce(5 + 5, +)
  }
}

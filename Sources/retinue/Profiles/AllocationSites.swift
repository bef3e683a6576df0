internal import HeapModel

/// Where a program allocates: a sampling profile summed up by function.
struct AllocationSites {
  struct Site {
    var frame: SamplingProfile.Frame
    /// Bytes that were allocated in the function itself, of what the profile measures.
    var selfSize: UInt64
    /// Sampled allocations.
    var count: UInt64
    /// The callers on the stack that allocated most here, innermost first.
    var callers: [SamplingProfile.Frame]
  }

  /// Largest first; functions that hold nothing are left out.
  let sites: [Site]
  let totalSize: UInt64

  init(_ profile: SamplingProfile) {
    var sums: [SamplingProfile.Frame: (size: UInt64, count: UInt64, largest: Int)] = [:]
    for (index, node) in profile.nodes.enumerated() where node.selfSize > 0 {
      let frame = profile.frames[Int(node.frame)].withoutScript
      var sum = sums[frame] ?? (0, 0, index)
      sum.size &+= node.selfSize
      sum.count &+= node.count
      if profile.nodes[sum.largest].selfSize < node.selfSize { sum.largest = index }
      sums[frame] = sum
    }
    sites = sums.map { frame, sum in
      Site(
        frame: frame,
        selfSize: sum.size,
        count: sum.count,
        callers: Self.callers(of: sum.largest, in: profile)
      )
    }
    .sorted { left, right in
      left.selfSize != right.selfSize
        ? left.selfSize > right.selfSize : left.frame.function < right.frame.function
    }
    totalSize = profile.totalSize
  }

  private static func callers(
    of node: Int,
    in profile: SamplingProfile
  ) -> [SamplingProfile.Frame] {
    var callers: [SamplingProfile.Frame] = []
    var index = Int(profile.nodes[node].parent)
    while index > 0, callers.count < 16 {
      callers.append(profile.frames[Int(profile.nodes[index].frame)].withoutScript)
      index = Int(profile.nodes[index].parent)
    }
    return callers
  }
}

extension SamplingProfile.Frame {
  /// The same function in another process has another script id.
  fileprivate var withoutScript: SamplingProfile.Frame {
    var frame = self
    frame.scriptID = ""
    return frame
  }

  /// As in a stack trace: `handleRequest (server.js:12)`.
  var place: String {
    let name = function.isEmpty ? "(anonymous)" : function
    let file = url.split(separator: "/").last.map(String.init) ?? url
    guard !file.isEmpty else { return name }
    return line < 0 ? "\(name) (\(file))" : "\(name) (\(file):\(Int64(line) + 1))"
  }
}

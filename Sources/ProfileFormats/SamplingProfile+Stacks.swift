internal import HeapModel

extension SamplingProfile {
  /// The frames from the outermost call to a node, without the root's own frame, unless the node is
  /// the root.
  ///
  /// As frame indexes that exist.
  ///
  /// A parent stands before its children, so the way up ends whatever the numbers are.
  func stack(of index: Int) -> [Int] {
    var stack: [Int] = []
    var index = index
    repeat {
      let node = nodes[index]
      if Int(node.frame) < frames.count { stack.append(Int(node.frame)) }
      index = Int(node.parent) < index ? Int(node.parent) : 0
    } while index > 0
    return stack.reversed()
  }

  /// The nodes at which something was sampled.
  var sampledNodes: [Int] {
    nodes.indices.filter { nodes[$0].selfSize > 0 || nodes[$0].count > 0 }
  }
}

extension SamplingProfile.Frame {
  /// The function's name, or where an anonymous one stands, as Node's own tools write it.
  var shownName: String {
    guard function.isEmpty else { return function }
    return line < 0 ? "(anonymous)" : "(anonymous:L#\(Int64(line) + 1):C#\(Int64(column) + 1))"
  }
}

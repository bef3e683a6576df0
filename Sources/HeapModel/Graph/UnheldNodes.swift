/// Finds the nodes that must be held by something the snapshot does not show.
///
/// What cannot be reached from the root falls into strongly connected parts. A part without an
/// edge into it from another is held from outside, and since every node of it may be the one that
/// is held, all of them are found; what hangs below them is not.
struct UnheldNodes {
  /// In ascending order.
  private(set) var nodes: [UInt32] = []

  private let firstEdge: UnsafeMutableBufferPointer<UInt64>
  private let targets: UnsafeMutableBufferPointer<UInt32>
  private let root: UInt32
  private let nodeCount: Int

  /// Order in which the depth-first walk came to a node, from 1; 0: not yet.
  private let number: FlatArray<UInt32>
  /// The lowest number known to be reachable; `done` once the node's part is complete.
  private let lowest: FlatArray<UInt32>
  private static let done = UInt32.max
  private var lastNumber: UInt32 = 0

  init(firstEdge: FlatArray<UInt64>, targets: FlatArray<UInt32>, root: UInt32) {
    self.firstEdge = firstEdge.elements
    self.targets = targets.elements
    self.root = root
    nodeCount = firstEdge.count - 1
    number = FlatArray(repeating: 0, count: nodeCount)
    lowest = FlatArray(repeating: 0, count: nodeCount)
  }

  /// Time and memory grow with the graph; nothing recurses.
  mutating func find() -> [UInt32] {
    markReachable()
    /// Nodes of the parts that are not complete.
    var open: [UInt32] = []
    /// Per complete part: whether an edge of another part leads into it.
    var isEntered: [Bool] = []
    let part = FlatArray<UInt32>(repeating: 0, count: nodeCount)
    for node in 0..<nodeCount where number[node] == 0 {
      walk(from: UInt32(node), open: &open, isEntered: &isEntered, part: part)
    }
    guard isEntered.isEmpty == false else { return [] }
    for node in 0..<nodeCount where lowest[node] == Self.done {
      for target in edges(of: UInt32(node)) {
        let targetPart = part[Int(target)]
        // A reachable target is in no part.
        if targetPart != 0, targetPart != part[node] { isEntered[Int(targetPart) - 1] = true }
      }
    }
    nodes = (0..<UInt32(nodeCount)).filter { node in
      let part = part[Int(node)]
      return part != 0 && isEntered[Int(part) - 1] == false
    }
    return nodes
  }

  private func edges(of node: UInt32) -> Slice<UnsafeMutableBufferPointer<UInt32>> {
    targets[Int(firstEdge[Int(node)])..<Int(firstEdge[Int(node) + 1])]
  }

  private mutating func markReachable() {
    lastNumber += 1
    number[Int(root)] = lastNumber
    var pending = [root]
    while let node = pending.popLast() {
      for target in edges(of: node) where number[Int(target)] == 0 {
        number[Int(target)] = lastNumber
        pending.append(target)
      }
    }
  }

  /// Tarjan's walk, with the way back on a stack of its own.
  private mutating func walk(
    from start: UInt32,
    open: inout [UInt32],
    isEntered: inout [Bool],
    part: FlatArray<UInt32>
  ) {
    var way = [(node: start, edge: enter(start, &open))]
    while let (node, edge) = way.last {
      guard edge < firstEdge[Int(node) + 1] else {
        way.removeLast()
        if lowest[Int(node)] == number[Int(node)] {
          isEntered.append(false)
          close(node, UInt32(isEntered.count), &open, part)
        } else if let parent = way.last?.node {
          lowest[Int(parent)] = min(lowest[Int(parent)], lowest[Int(node)])
        }
        continue
      }
      way[way.count - 1].edge += 1
      let target = targets[Int(edge)]
      if number[Int(target)] == 0 {
        way.append((target, enter(target, &open)))
      } else if part[Int(target)] == 0, number[Int(target)] > 1 {
        lowest[Int(node)] = min(lowest[Int(node)], number[Int(target)])
      }
    }
  }

  /// Numbers a node, and answers its first edge.
  private mutating func enter(_ node: UInt32, _ open: inout [UInt32]) -> UInt64 {
    lastNumber += 1
    number[Int(node)] = lastNumber
    lowest[Int(node)] = lastNumber
    open.append(node)
    return firstEdge[Int(node)]
  }

  /// The part that was entered at `node` is complete.
  private func close(
    _ node: UInt32,
    _ partNumber: UInt32,
    _ open: inout [UInt32],
    _ part: FlatArray<UInt32>
  ) {
    while let last = open.popLast() {
      part[Int(last)] = partNumber
      lowest[Int(last)] = Self.done
      if last == node { return }
    }
  }
}

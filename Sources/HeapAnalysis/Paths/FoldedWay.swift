internal import HeapModel

/// A way from the root with repeated groups of links written once.
struct FoldedWay {
  private static let longestGroup = 3

  private(set) var steps: [RetainerPath.Step] = []

  /// A step by numbers: two that look alike have equal keys.
  private struct Link {
    struct Key: Equatable {
      var kind: UInt8
      var name: UInt32
      var classNumber: UInt32
    }

    var key: Key
    var edge: UInt32
    var repeats = 0
  }

  /// - Parameter way: edges from the root to the object.
  init(_ way: some Sequence<UInt32>, _ heap: AnalyzedHeap) {
    var links: [Link] = []
    var last: UInt32?
    for edge in way {
      Self.append(Self.link(edge, heap), to: &links)
      last = edge
    }
    steps = links.map { Self.step($0, heap) }
    // The object itself is the last step, also where it was folded into an earlier one.
    if let last, let link = links.last, link.edge != last {
      steps[steps.count - 1] = Self.step(
        Link(key: link.key, edge: last, repeats: link.repeats),
        heap
      )
    }
  }

  private static func link(_ edge: UInt32, _ heap: AnalyzedHeap) -> Link {
    let kind = heap.graph.edgeKind[Int(edge)]
    let isNumbered = EdgeKind(rawValue: kind)?.isNamedByNumber ?? false
    return Link(
      key: Link.Key(
        kind: kind,
        name: isNumbered ? 0 : heap.graph.edgeName[Int(edge)],
        classNumber: heap.classNumber(of: Int(heap.graph.edgeTarget[Int(edge)]))
      ),
      edge: edge
    )
  }

  /// Appends a link, or folds it into a group of links that it repeats.
  private static func append(_ link: Link, to links: inout [Link]) {
    links.append(link)
    for width in 1...longestGroup where links.count >= 2 * width {
      let end = links.count
      let isRepetition = (0..<width).allSatisfy { index in
        links[end - width + index].key == links[end - 2 * width + index].key
      }
      guard isRepetition else { continue }
      links.removeLast(width)
      links[links.count - 1].repeats += 1
      return
    }
  }

  private static func step(_ link: Link, _ heap: AnalyzedHeap) -> RetainerPath.Step {
    var step = RetainerPath.Step(edge: link.edge, heap)
    step.repeatCount = link.repeats
    return step
  }
}

extension RetainerPath.Step {
  /// One reference and the object that it refers to.
  init(edge: UInt32, _ heap: AnalyzedHeap) {
    let graph = heap.graph
    let node = graph.edgeTarget[Int(edge)]
    let kind = EdgeKind(rawValue: graph.edgeKind[Int(edge)]) ?? .unknown
    let name = graph.edgeName[Int(edge)]
    self.init(
      edgeKind: kind,
      edgeName: kind.isNamedByNumber ? String(name) : graph.names[Int(name)],
      node: node,
      className: PathLabel.className(heap, node),
      functionName: PathLabel.hasFunctionName(heap, node) ? heap.name(of: node) : nil
    )
  }
}

internal import HeapModel

/// What the rules ask of a leak.
///
/// Nothing here walks a heap: the way has few steps, and of each at most some thousand references
/// are looked at.
extension LeakPath {
  /// An object with more references than this is no part of a library's machinery.
  private static let edgeLimit = 4_096
  /// An object of which so many properties lead to what is new is a dictionary.
  private static let dictionarySize = 10

  /// What repeats less often is no chain that grows.
  private static let chainLength = 5

  // MARK: Parts of the way

  /// The nearest older object on the way that is no storage of the engine.
  var anchor: Int? { steps.indices.prefix(firstNew).last { !heap.isMachinery(steps[$0].node) } }

  /// The steps up to the first new object, at most `count` before it, itself included.
  func approach(_ count: Int) -> Range<Int> {
    steps.isEmpty ? 0..<0 : max(0, firstNew - count)..<(firstNew + 1)
  }

  /// The first new object and at most `count` steps behind it.
  func departure(_ count: Int) -> Range<Int> {
    steps.isEmpty ? 0..<0 : firstNew..<min(firstNew + 1 + count, steps.count)
  }

  /// The last of these steps by which a property with one of the names refers.
  func property(_ names: Set<String>, in range: Range<Int>) -> Int? {
    range.last { index in
      if case .property(let name) = steps[index].reference { names.contains(name) } else { false }
    }
  }

  /// The name by which a step refers, if the program chose it.
  func chosenName(_ index: Int) -> String? {
    guard steps.indices.contains(index) else { return nil }
    return switch steps[index].reference {
    case .property(let name), .variable(let name): name
    case .start, .element, .link: nil
    }
  }

  /// The first variable of a function behind the cut.
  var capturedVariable: String? {
    for step in steps[departure(steps.count)] {
      if case .variable(let name) = step.reference { return name }
    }
    return nil
  }

  func kind(_ index: Int) -> NodeKind {
    NodeKind(rawValue: heap.graph.nodeKind[Int(steps[index].node)]) ?? .unknown
  }

  /// The name that the engine gave the object of a step.
  func engineName(_ index: Int) -> String {
    let node = Int(steps[index].node)
    return heap.graph.names[Int(heap.graph.nodeName[node])]
  }

  func isFunction(_ index: Int) -> Bool { kind(index) == .closure }

  /// Whether the object of a step has properties with all of these names.
  func hasProperties(_ names: [String], at index: Int) -> Bool {
    names.allSatisfy { propertyEdge($0, at: index) != nil }
  }

  /// What the engine calls the object to which a property leads; nil where there is none.
  func target(ofProperty name: String, at index: Int) -> String? {
    let graph = heap.graph
    return propertyEdge(name, at: index).map { edge in
      graph.names[Int(graph.nodeName[Int(graph.edgeTarget[edge])])]
    }
  }

  private func propertyEdge(_ name: String, at index: Int) -> Int? {
    let graph = heap.graph
    let edges = graph.edges(of: steps[index].node)
    guard edges.count <= Self.edgeLimit else { return nil }
    return edges.first { edge in
      graph.edgeKind[edge] == EdgeKind.property.rawValue
        && graph.names.utf8(Int(graph.edgeName[edge])).elementsEqual(name.utf8)
    }
  }

  /// The share of the new bytes that objects of one class keep alive, themselves included.
  func share(ofClass name: String) -> Double {
    guard contents.byteCount > 0, let candidate = candidate(ofClass: name) else { return 0 }
    // Of what they keep some may have come below older objects, and counts elsewhere.
    return min(Double(candidate.heldSize) / Double(contents.byteCount), 1)
  }

  /// What grew of a class of the language.
  func candidate(ofClass name: String) -> GrowthGroup.Candidate? {
    guard let number = heap.classNumber(ofKey: "," + name) else { return nil }
    return contents.candidates.first { $0.key == .objects(class: number) }
  }

  /// ` in 'cache'`, or nothing.
  var place: String { Self.place(owner) }

  /// The same of the name by which a step refers.
  func place(at index: Int) -> String { Self.place(chosenName(index)) }

  private static func place(_ name: String?) -> String { name.map { " in '\($0)'" } ?? "" }

  // MARK: Shapes

  /// The steps that the way repeats around the cut, written once: the links of a chain.
  var repeatedGroup: Range<Int>? {
    for last in steps.indices
    where steps[last].repeatCount >= Self.chainLength && last + 1 >= firstNew {
      // A group ends where it began: on an object of the class that it started from.
      let width = (1...3).first { last >= $0 && steps[last - $0].label == steps[last].label }
      let first = last + 1 - (width ?? 1)
      if first <= firstNew + 3 { return first..<last + 1 }
    }
    return nil
  }

  func isCollection(_ index: Int) -> Bool {
    ["Map", "Set", "Array"].contains(steps[index].label) || isDictionary(index)
  }

  /// Whether an object holds what is new by many properties or indexes.
  func isDictionary(_ index: Int) -> Bool {
    kind(index) == .object && newMemberCount(index) >= Self.dictionarySize
  }

  /// How many properties and indexed elements of an object are new.
  func newMemberCount(_ index: Int) -> Int {
    heap.graph.edges(of: steps[index].node).count { edge in
      let kind = heap.graph.edgeKind[edge]
      return (kind == EdgeKind.property.rawValue || kind == EdgeKind.element.rawValue)
        && births.step[Int(heap.graph.edgeTarget[edge])] != 0
    }
  }
}

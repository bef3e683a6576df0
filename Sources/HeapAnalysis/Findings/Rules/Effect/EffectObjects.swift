internal import HeapModel

/// Tells Effect's objects among those of one heap.
extension AnalyzedHeap {
  /// An object with more references than this has them as data.
  private static let edgeLimit = 64
  /// The same of a class, whose methods they are.
  private static let methodLimit = 256

  /// Whether an object is one of Effect's own, which stands in the program's script where the
  /// library is bundled with it.
  ///
  /// Its type ids are properties of the object itself or of its class, or it is one that has none.
  /// Only its own class is asked: classes of the program inherit from Effect's.
  func isOfEffect(_ node: UInt32) -> Bool {
    let own = propertyNames(of: node, limit: Self.edgeLimit)
    let methods = methodNames(of: node)
    let mark = EffectMark(graph.engine)
    return own.contains(where: mark.isTypeID) || methods?.contains(where: mark.isTypeID) == true
      || EffectShape.unmarked.contains { $0.fits(own: own, methods: methods) } && hasEffect
  }

  /// Whether an object has one of the shapes.
  func has(_ shapes: [EffectShape], _ node: UInt32, limit: Int) -> Bool {
    guard graph.edges(of: node).count <= limit else { return false }
    let own = propertyNames(of: node, limit: limit)
    let methods = methodNames(of: node)
    return shapes.contains { $0.fits(own: own, methods: methods) }
  }

  /// Whether the program uses Effect at all: other libraries have properties of some of these names.
  ///
  /// One walk over the heap's names, made only where a shape fits.
  var hasEffect: Bool {
    let mark = EffectMark(graph.engine)
    return (0..<graph.names.count).contains { index in
      let name = graph.names.utf8(index)
      return mark.prefixes.contains { name.starts(with: $0.utf8) }
    }
  }

  private func propertyNames(of node: UInt32, limit: Int) -> Set<String> {
    var names: Set<String> = []
    for edge in graph.edges(of: node).prefix(limit)
    where graph.edgeKind[edge] == EdgeKind.property.rawValue {
      let name = graph.names[Int(graph.edgeName[edge])]
      // Minifying renames what is private.
      names.insert(name.hasPrefix("#") ? "#" : name)
    }
    names.remove(Self.prototypeName)
    return names
  }

  /// Nil where the engine does not tell of prototypes.
  private func methodNames(of node: UInt32) -> Set<String>? {
    guard graph.engine == .v8 else { return nil }
    return prototype(of: node).map { propertyNames(of: $0, limit: Self.methodLimit) } ?? []
  }

  private func prototype(of node: UInt32) -> UInt32? {
    graph.edges(of: node).first { edge in
      graph.edgeKind[edge] == EdgeKind.property.rawValue
        && graph.names.utf8(Int(graph.edgeName[edge])).elementsEqual(Self.prototypeName.utf8)
    }.map { graph.edgeTarget[$0] }
  }

  private static let prototypeName = "__proto__"
}

/// What Effect names the properties by which it knows its own objects.
struct EffectMark {
  /// Version 3 has symbols, version 4 has texts.
  let prefixes: [String]

  init(_ engine: HeapEngine) {
    // JavaScriptCore calls a symbol by its text alone.
    prefixes = ["~effect/", engine == .javaScriptCore ? "effect/" : "<symbol effect/"]
  }

  /// What a program's own classes have of the same names, so that Effect can compare, hide or encode
  /// them, or what Effect notes on errors of the program.
  private static let guests = [
    "Equal", "Hash", "PrimaryKey", "Redactable", "Inspectable/", "Schema/", "interfaces/",
    "SpanAnnotation", "OriginalAnnotation",
  ]

  func isTypeID(_ name: String) -> Bool {
    guard let prefix = prefixes.first(where: { name.hasPrefix($0) }) else { return false }
    let rest = name.dropFirst(prefix.count)
    return !Self.guests.contains { rest.hasPrefix($0) }
  }
}

extension LeakPath {
  /// An object with more references than this is no part of a library's machinery.
  private static let edgeLimit = 4_096

  var hasEffect: Bool { heap.hasEffect }

  func has(_ shapes: [EffectShape], at index: Int) -> Bool {
    heap.has(shapes, steps[index].node, limit: Self.edgeLimit)
  }

  /// Whether a fiber has its result.
  func isFinishedFiber(_ index: Int) -> Bool {
    let graph = heap.graph
    return graph.edges(of: steps[index].node).contains { edge in
      guard graph.edgeKind[edge] == EdgeKind.property.rawValue,
        EffectShape.exits.contains(graph.names[Int(graph.edgeName[edge])])
      else { return false }
      let exit = Int(graph.edgeTarget[edge])
      return graph.nodeKind[exit] == NodeKind.object.rawValue
        && graph.names[Int(graph.nodeName[exit])] != "undefined"
    }
  }

  /// How many new objects of one of the shapes came with the leak.
  func count(of shapes: [EffectShape]) -> Int {
    contents.candidates.reduce(0) { sum, candidate in
      let isOne = candidate.samples.first.map { heap.has(shapes, $0, limit: Self.edgeLimit) }
      return sum + (isOne == true ? candidate.count : 0)
    }
  }
}

@testable import HeapAnalysis
import HeapModel
import TestSupport
import Testing

struct PathQueryTests {
  private func paths(
    _ program: ProgramSketch,
    _ conditions: String...,
    offset: Int = 0,
    limit: Int = 100
  ) throws -> PathSelection {
    let conditions = try conditions.map { try ObjectCondition(parsing: $0) }
    return try program.heap().paths(PathQuery(conditions, offset: offset, limit: limit))
  }

  /// Two caches, one by keys that are its own, and one that only the console holds.
  private func sessions(idsFrom first: UInt64 = 1_001) -> ProgramSketch {
    var program = ProgramSketch()
    let cache = program.object("Cache")
    let list = program.object("Array")
    program.property("cache", of: program.global, is: cache)
    program.property("list", of: program.global, is: list)
    var next = first
    func id() -> UInt64 {
      defer { next += 2 }
      return next
    }
    for number in 0..<40 {
      let session = program.instance(of: "Session", id: id(), size: 100)
      program.property("user-\(first + UInt64(number))", of: cache, is: session)
    }
    for index in 0..<3 {
      let session = program.instance(of: "Session", id: id(), size: 100)
      let text = program.node("label", type: "string", size: 5_000)
      program.element(UInt32(index + 1), of: list, is: session)
      program.property("label", of: session, is: text)
    }
    let handles = program.node("(Global handles)", type: "synthetic", size: 0)
    program.element(3, of: program.roots, is: handles)
    let logged = program.instance(of: "Session", id: id(), size: 900_000)
    program.link("7 / DevTools console", from: handles, to: logged)
    return program
  }

  @Test func `objects that are held alike have one path, with what it keeps alive`() throws {
    let found = try paths(sessions(), "class=Session")

    expect(found.count, equals: 44)
    expect(found.pathCount, equals: 3)
    expect(found.pathlessCount, equals: 0)
    expect(found.page.map(\.count), equals: [3, 40, 1])
    expect(found.page.map(\.selfSize), equals: [300, 4_000, 900_000])
    expect(found.page.map(\.retainedSize), equals: [15_300, 4_000, 900_000])
    expect(found.retainedSize, equals: 15_300 + 4_000 + 900_000)
    expect(found.page[0].steps, equals: ["global", ".list: Array", "[]: Session"])
    expect(found.page[1].steps, equals: ["global", ".cache: Cache", ".user-[number]: Session"])
    // Of equals the one with the lowest id.
    expect(found.page.map(\.exampleID), equals: [1_081, 1_001, 1_087])
  }

  @Test func `what only a debugger holds comes last, though it is largest`() throws {
    let found = try paths(sessions(), "class=Session")

    expect(found.page.map(\.origin), equals: [.program, .program, .tooling])
    #expect(found.page[2].steps.last == "{DevTools console}: Session")
  }

  @Test func `a fingerprint is the path's own, whatever ids and keys a process has`() throws {
    let first = try paths(sessions(), "class=Session").page.map(\.fingerprint)
    let second = try paths(sessions(idsFrom: 700_001), "class=Session").page.map(\.fingerprint)

    expect(first, equals: second)
    expect(Set(first).count, equals: 3)
    #expect(first.allSatisfy { $0.count == 32 })
  }

  @Test(
    arguments: [
      { "user-\($0)" }, { "/users/\($0 * 7_919)" }, { "u\($0)@mail.example" },
      { "6f9619ff-8b86-4011-b42d-00c04fc9\(6_400 + $0)" }, { "\(3 * $0)f\($0)a" },
      { "10.0.0.\($0):443:" },
    ] as [@Sendable (Int) -> String]
  )
  func `a dictionary has one fingerprint with its first key and with its ninth`(
    key: @Sendable (Int) -> String
  ) throws {
    func dictionaries(_ count: Int) throws -> [PathSelection.Path] {
      var program = ProgramSketch()
      // Of dictionaries of dictionaries alike the repetition is written once.
      for name in ["sessions", "carts"] {
        let dictionary = program.object("Object")
        program.property(name, of: program.global, is: dictionary)
        for number in 1...count {
          let outer = program.object("Object")
          let inner = program.object("Object")
          program.property(key(number), of: dictionary, is: outer)
          program.property(key(number + 1), of: outer, is: inner)
          program.property(key(number + 2), of: inner, is: program.object("Session"))
        }
      }
      return try paths(program, "class=Session").page
    }
    let one = try dictionaries(1)

    for count in [2, 8, 9, 30] {
      try expect(
        Set(dictionaries(count).map(\.fingerprint)),
        equals: Set(one.map(\.fingerprint)),
        "\(count)"
      )
    }
    expect(one.count, equals: 2)
    // People see the key while it is one.
    #expect(one.allSatisfy { $0.steps[2].contains(key(1)) }, "\(one.map(\.steps))")
  }

  @Test func `of many forms the keys are not shown`() throws {
    var program = ProgramSketch()
    for name in ["user-1", "a", "b", "c", "d", "e", "f", "g", "h"] {
      program.property(name, of: program.global, is: program.object("Store"))
    }

    try expect(paths(program, "class=Store").page.map { $0.steps.last }, equals: [".[key]: Store"])
  }

  /// Words, of which each would be a way of its own.
  @Test func `ways beyond a limit are one, and counted`() throws {
    func word(_ number: Int) -> String {
      String(decoding: String(number).utf8.map { $0 + 49 }, as: UTF8.self)
    }
    var program = ProgramSketch()
    for number in 0..<100 {
      program.property(word(number), of: program.global, is: program.object("Session"))
    }
    for number in 0..<100 {
      program.property("user-\(number)", of: program.global, is: program.object("User"))
    }
    let heap = try program.heap()
    let forest = RetainerForest(heap)
    var tree = PathTree(forest, startsWithObject: true, limit: 50)
    var counts: [UInt32: Int] = [:]
    for node in 0..<UInt32(heap.graph.nodeCount) where heap.className(of: node) == "Session" {
      counts[tree.place(of: node), default: 0] += 1
    }

    // The root's, the global object's and 48 more have places of their own.
    expect(tree.tree.count, equals: 51)
    expect(counts.values.sorted().suffix(2), equals: [1, 52])
    let others = try #require(counts.first { $0.value == 52 }).key
    expect(tree.tree.label(of: others).text, equals: "… other ways, too many to tell apart …")
    // Keys by their form take one place however many there are.
    var users = PathTree(forest, startsWithObject: true, limit: 50)
    for node in 0..<UInt32(heap.graph.nodeCount) where heap.className(of: node) == "User" {
      counts[users.place(of: node), default: 0] += 1
    }
    expect(users.tree.count, equals: 3)
  }

  @Test func `a few properties are told apart and not called keys`() throws {
    var program = ProgramSketch()
    for name in ["users", "orders", "carts", "prices"] {
      program.property(name, of: program.global, is: program.object("Store"))
    }

    try expect(
      Set(paths(program, "class=Store").page.map { $0.steps.last }),
      equals: [".users: Store", ".orders: Store", ".carts: Store", ".prices: Store"]
    )
  }

  @Test func `paths come in pages, and what nothing keeps alive is counted apart`() throws {
    var program = sessions()
    let lost = program.instance(of: "Session", id: 9_001, size: 7)
    program.text.edge(from: program.global, to: lost, named: "w", type: "weak")
    let whole = try paths(program, "class=Session")
    let part = try paths(program, "class=Session", offset: 1, limit: 1)

    expect(whole.pathlessCount, equals: 1)
    expect(whole.pathlessSelfSize, equals: 7)
    expect(part.page, equals: [whole.page[1]])
    expect(part.pathCount, equals: 3)
    expect(whole.page(dropFirst: 2, limit: 5).page, equals: [whole.page[2]])
    try expect(paths(program, "class=Session", offset: 9).page, equals: [])
  }

  /// Each object of a list is looked at: a path for each would be two hundred million steps.
  @Test(.timeLimit(.minutes(1)))
  func `all objects of a long list are looked at`() throws {
    var program = ProgramSketch()
    var previous = program.object("Link")
    program.property("list", of: program.global, is: previous)
    for _ in 0..<20_000 {
      let link = program.object("Link")
      program.property("next", of: previous, is: link)
      previous = link
    }
    let found = try paths(program, "class=Link")

    expect(found.page.map(\.count), equals: [1, 20_000])
    expect(found.page.map(\.steps.last), equals: [".list: Link", ".next: Link"])
  }

  /// Four names in turn, which are not folded: a way of its own for each object.
  @Test(.timeLimit(.minutes(1)))
  func `of a long way that repeats nothing the two ends are shown`() throws {
    var program = ProgramSketch()
    var previous = program.object("Link")
    program.property("list", of: program.global, is: previous)
    for index in 0..<40_000 {
      let link = program.object("Link")
      program.property(["a", "b", "c", "d"][index % 4], of: previous, is: link)
      previous = link
    }
    let found = try paths(program, "class=Link", limit: 10_000)

    expect(found.pathCount, equals: 40_001)
    expect(found.page.count, equals: 10_000)
    expect(Set(found.page.map(\.fingerprint)).count, equals: 10_000)
    // The first is kept alive by most: it is the shortest.
    expect(found.page[0].steps, equals: ["global", ".list: Link"])
    expect(found.page[61].steps.count, equals: 63)
    #expect(!found.page[61].steps.contains { $0.hasPrefix("…") })
    let long = found.page[9_999].steps
    expect(long.count, equals: 63)
    expect(Array(long.prefix(3)), equals: ["global", ".list: Link", ".a: Link"])
    expect(long[31], equals: "… \(10_001 - 62) steps …")
    expect(long.last, equals: ".c: Link")
  }

  @Test func `paths and sums are those of each object by itself on random heaps`() throws {
    var compared = 0
    for seed in 0..<300 as Range<UInt64> {
      let heap = try HeapAnalyzer.analyze(RandomHeap(seed: seed).text.graph())
      let found = try heap.paths(PathQuery([], limit: .max))
      guard !found.page.contains(where: { $0.steps.contains { $0.contains("[key]") } }) else {
        continue
      }
      compared += 1
      let (expected, pathless) = slowPaths(heap)
      expect(found.pathlessCount, equals: pathless, "seed \(seed)")
      let sums = Dictionary(grouping: found.page) { Slow(origin: $0.origin, steps: $0.steps) }
      expect(sums.mapValues { $0.map(\.count) }, equals: expected.mapValues { [$0.count] })
      expect(
        sums.mapValues { $0.map(\.retainedSize) },
        equals: expected.mapValues { [retainedSize(of: $0, heap)] },
        "seed \(seed)"
      )
    }
    #expect(compared > 200)
  }

  private struct Slow: Hashable {
    var origin: RetainerPath.Origin
    var steps: [String]
  }

  private func slowPaths(_ heap: AnalyzedHeap) -> ([Slow: [UInt32]], pathless: Int) {
    let forest = RetainerForest(heap)
    var nodes: [Slow: [UInt32]] = [:]
    var pathless = 0
    for node in 0..<UInt32(heap.graph.nodeCount) {
      guard let origin = forest.origin(of: node) else {
        pathless += 1
        continue
      }
      var way: [UInt32] = []
      var current = node
      while current != heap.graph.rootOrdinal {
        way.insert(forest.bestEdge(to: current), at: 0)
        current = heap.graph.source(ofEdge: way[0])
      }
      let labels = way.enumerated().map { index, edge in
        PathLabel(RetainerPath.Step(edge: edge, heap), isFirst: index == 0)
      }
      let steps = NormalizedPath.collapse(labels).map(\.text)
      nodes[Slow(origin: origin, steps: steps), default: []].append(node)
    }
    return (nodes, pathless)
  }

  /// Of those that none of the others dominates.
  private func retainedSize(of nodes: [UInt32], _ heap: AnalyzedHeap) -> UInt64 {
    nodes.filter { node in
      var current = node
      while current != heap.graph.rootOrdinal {
        current = heap.immediateDominator(of: current)
        if nodes.contains(current) { return false }
      }
      return true
    }.reduce(0) { $0 &+ heap.retainedSize(of: $1) }
  }
}

import HeapAnalysis
import HeapModel
import SnapshotFormats
import TestSupport
import Testing

struct ObjectQueryTests {
  // root -> cache -> session 1 -> buffer
  //   |       `----> session 2 -> buffer, shared
  //   |---> other -> shared
  //              ---> lost, weakly
  private func heap() throws -> AnalyzedHeap {
    var text = V8SnapshotText()
    let cache = text.node("Cache", id: 11, size: 10)
    let sessions = [13, 15].map { text.node("UserSession", id: $0, size: 100) }
    let buffer = text.node("Buffer", id: 17, size: 1_000)
    let shared = text.node("shared text", type: "string", id: 19, size: 50)
    let other = text.node("Other", id: 21, size: 20)
    let lost = text.node("Lost", id: 23, size: 5)
    text.edge(from: 0, to: cache, index: 1)
    for (index, session) in sessions.enumerated() {
      text.edge(from: cache, to: session, named: "user\(index)")
      text.edge(from: session, to: buffer, named: "buffer")
    }
    text.edge(from: sessions[1], to: shared, named: "label")
    text.edge(from: 0, to: other, index: 2)
    text.edge(from: other, to: shared, named: "label")
    text.edge(from: other, to: lost, named: "w", type: "weak")
    return try HeapAnalyzer.analyze(text.graph())
  }

  private func ids(_ conditions: String...) throws -> [UInt64] {
    let query = ObjectQuery(try conditions.map { try ObjectCondition(parsing: $0) }, order: .id)
    return try heap().select(query).page.map(\.row.id)
  }

  @Test func `objects are found by class, name, property and type`() throws {
    try expect(ids("class=UserSession"), equals: [13, 15])
    try expect(ids("class=*e?sion", "class!=Other"), equals: [13, 15])
    try expect(ids("name=shared*"), equals: [19])
    try expect(ids("type=string"), equals: [19])
    try expect(ids("property=label"), equals: [15, 21])
    try expect(ids("property=nothing"), equals: [])
    try expect(ids("class=UserSession", "property=label"), equals: [15])
  }

  @Test func `sizes and distances are ranges`() throws {
    try expect(ids("self>=100", "self<1KB"), equals: [13, 15])
    try expect(ids("self=20..50"), equals: [19, 21])
    try expect(ids("self=1000"), equals: [17])
    try expect(ids("retained>1KB", "type=object"), equals: [11])
    try expect(ids("distance=2"), equals: [13, 15, 19])
    try expect(ids("distance=unreachable"), equals: [23])
    try expect(ids("distance=system", "type=synthetic"), equals: [1])
  }

  @Test func `dominated by one object is less than retained through all of a class`() throws {
    // The buffer hangs on both sessions, so on none alone.
    try expect(ids("dominated-by=UserSession"), equals: [])
    try expect(ids("retained-through=UserSession"), equals: [17])
    try expect(ids("dominated-by=Cache"), equals: [13, 15, 17])
    try expect(ids("dominated-by=@11"), equals: [13, 15, 17])
    try expect(ids("retained-through=@15"), equals: [])
  }

  @Test func `what is shown is a page, what is summed up is all`() throws {
    var query = ObjectQuery([try ObjectCondition(parsing: "type=object")], limit: 2)
    let first = try heap().select(query)
    expect(first.count, equals: 6)
    expect(first.selfSize, equals: 1_235)
    expect(first.retainedSize, equals: 1_235)
    expect(first.page.map(\.row.id), equals: [11, 17])
    expect(first.classes.map(\.name), equals: ["Buffer", "UserSession", "Other", "Cache", "Lost"])
    expect(first.classes[1].count, equals: 2)

    query.offset = 2
    try expect(heap().select(query).page.map(\.row.id), equals: [13, 15])
    query.offset = 5
    try expect(heap().select(query).page.map(\.row.id), equals: [23])
    query.offset = 99
    try expect(heap().select(query).page, equals: [])
    query = ObjectQuery(query.conditions, order: .distance, limit: 1)
    try expect(heap().select(query).page.map(\.row.id), equals: [11])
  }

  @Test func `what cannot be told is an error and no empty answer`() throws {
    let heap = try HeapAnalyzer.analyze(HeapGraph(sketch: [[1], []]))

    #expect(throws: QueryError.self) { try heap.select(ObjectQuery([.detached(true)])) }
    #expect(throws: QueryError.self) { try heap.select(ObjectQuery([.dominatedBy(.id(999))])) }
  }

  /// An array of two strings and a function, of which this engine tells neither text nor name.
  private func javaScriptCoreHeap() throws -> AnalyzedHeap {
    let text = """
      {"version":3,"type":"Inspector",\
      "nodes":[0,0,0,0, 1,16,1,0, 2,64,2,2, 3,16,3,0, 4,16,3,0, 5,16,4,0],\
      "nodeClassNames":["<root>","GlobalObject","Session","string","Function"],\
      "edges":[0,1,0,0, 1,2,1,0, 2,3,2,0, 2,4,2,1, 2,5,2,2],\
      "edgeTypes":["Internal","Property","Index","Variable"],"edgeNames":["session"]}
      """
    let builder = HeapGraphBuilder()
    let reader = try SnapshotTextReader(receiver: builder)
    try Array(text.utf8).withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    return try HeapAnalyzer.analyze(builder.makeGraph())
  }

  @Test(
    arguments: DevToolsFilter.allCases.map { "filter=\($0.rawValue)" } + [
      "detached", "name=checkout*", "name!=checkout*", "type=sliced-string", "type=array",
      "type=object-shape",
    ]
  )
  func `what an engine does not tell is an error`(condition: String) throws {
    let query = ObjectQuery([try ObjectCondition(parsing: condition)])
    let error = #expect(throws: QueryError.self) { try javaScriptCoreHeap().select(query) }

    #expect(error?.description.contains("JavaScriptCore, does not tell") == true)
  }

  @Test func `names are asked of the objects that have them`() throws {
    let heap = try javaScriptCoreHeap()
    // In any order: what conditions leave is the same.
    for conditions in [["name=Ses*", "type=object"], ["type=object", "name=Ses*"]] {
      let query = ObjectQuery(try conditions.map { try ObjectCondition(parsing: $0) })
      try expect(heap.select(query).page.map(\.row.id), equals: [2])
    }
    #expect(throws: QueryError.self) { try DuplicatedStrings(heap) }
  }

  @Test func `what Firefox does tell can be asked for`() throws {
    var messages = SpiderMonkeyMessages()
    let (function, _, _) = messages.classFunction()
    let window = messages.node("JSObject", className: "Window", size: 400)
    messages.edge(from: 0, to: window, named: "active window global")
    messages.edge(from: window, to: function, named: "Session")
    let builder = HeapGraphBuilder()
    let reader = SpiderMonkeySnapshotReader(receiver: builder)
    try messages.bytes.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    let heap = try HeapAnalyzer.analyze(builder.makeGraph())
    func count(_ conditions: String...) throws -> Int {
      try heap.select(ObjectQuery(conditions.map { try ObjectCondition(parsing: $0) })).count
    }

    // Functions are called as they are referred to; nodes are known to be detached.
    try expect(count("type=closure", "name=Session"), equals: 1)
    try expect(count("filter=retained-by-detached-nodes"), equals: 0)
    #expect(throws: Never.self) { try count("type=object-shape") }
    let untold = #expect(throws: QueryError.self) { try count("type=sliced-string") }
    #expect(untold?.description.contains("does not tell which objects are of type") == true)
    let error = #expect(throws: QueryError.self) { try count("filter=duplicated-strings") }
    #expect(error?.description.contains("SpiderMonkey, does not tell the text") == true)
  }

  @Test func `detached objects are those of DevTools`() throws {
    var text = V8SnapshotText()
    for (state, id) in [(1, 11), (2, 13)] {
      let node = text.node("<div>", type: "native", id: UInt64(id), detachedness: state)
      text.edge(from: 0, to: node, index: UInt32(id))
    }
    let heap = try HeapAnalyzer.analyze(text.graph())

    try expect(heap.select(ObjectQuery([.detached(true)])).page.map(\.row.id), equals: [13])
    let name = ObjectCondition.name(NamePattern("Detached *"), isWanted: true)
    try expect(heap.select(ObjectQuery([name])).page.map(\.row.id), equals: [13])
  }

  @Test func `of an old V8 native objects that it named so are detached`() throws {
    var text = V8SnapshotText()
    text.tellsDetachedness = false
    let names = [("Detached HTMLDivElement", "native"), ("HTMLDivElement", "native")]
    for (name, type) in names + [("Detached mine", "object")] {
      text.edge(from: 0, to: text.node(name, type: type), named: "x")
    }
    let heap = try HeapAnalyzer.analyze(text.graph())
    let detached = try heap.select(ObjectQuery([.detached(true)])).page.map(\.row)
    let filter = ObjectCondition.filter(.retainedByDetachedNodes)

    // Its name is not changed, as in DevTools.
    expect(detached.map(\.name), equals: ["Detached HTMLDivElement"])
    expect(heap.untold.contains(.detachedness), equals: false)
    try expect(
      heap.select(ObjectQuery([filter, .kind(.native)])).page.map(\.row),
      equals: detached
    )
  }

  @Test func `ids tell between which two moments V8 allocated an object`() throws {
    try expect(ids("allocated-after=@15", "type=object"), equals: [17, 21, 23])
    try expect(ids("allocated-after=@11", "allocated-until=@15"), equals: [13, 15])
    let builder = HeapGraphBuilder()
    let reader = try SnapshotTextReader(receiver: builder)
    try JSCSnapshotText().bytes.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    let other = try HeapAnalyzer.analyze(builder.makeGraph())
    #expect(throws: QueryError.self) { try other.select(ObjectQuery([.allocatedAfter(1)])) }
    #expect(throws: QueryError.self) { try other.select(ObjectQuery([.allocatedUntil(1)])) }
  }

  @Test(arguments: [
    "", "class", "class>5", "color=red", "type=thing", "self", "self>", "self>-1", "self<0",
    "self=9..1", "self!5", "self>=1XB", "distance=near", "distance>99999999", "detached=maybe",
    "allocated-after=7", "allocated-until>@7", "filter=none", "dominated-by=@x", "dominated-by",
    "property!=a",
    "retained>99999999999999999999",
  ])
  func `a condition that says nothing is refused`(text: String) {
    #expect(throws: QueryError.self) { try ObjectCondition(parsing: text) }
  }

  @Test func `patterns match as the slow way does`() {
    var random = SeededGenerator(seed: 5)
    func text(_ letters: [Character]) -> String {
      String(
        (0..<Int.random(in: 0...7, using: &random)).compactMap { _ in
          letters.randomElement(using: &random)
        }
      )
    }
    for _ in 0..<2_000 {
      let (pattern, name) = (text(["a", "b", "*", "?"]), text(["a", "b"]))
      let isMatch = NamePattern(pattern).matches(name)
      expect(isMatch, equals: matchesSlowly(pattern[...], name[...]), "\(pattern) \(name)")
    }
  }

  private func matchesSlowly(_ pattern: Substring, _ name: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    if first == "*" {
      return matchesSlowly(pattern.dropFirst(), name)
        || !name.isEmpty && matchesSlowly(pattern, name.dropFirst())
    }
    guard let letter = name.first, first == "?" || first == letter else { return false }
    return matchesSlowly(pattern.dropFirst(), name.dropFirst())
  }

  @Test func `what is held by many is what falls away without them on random heaps`() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let count = Int.random(in: 2...10, using: &random)
      let sketch = (0..<count).map { _ in
        (0..<Int.random(in: 0...3, using: &random)).map { _ in
          UInt32.random(in: 0..<UInt32(count), using: &random)
        }
      }
      let heap = try HeapAnalyzer.analyze(HeapGraph(sketch: sketch))
      let avoided = UInt32.random(in: 1..<UInt32(count), using: &random)
      let condition = ObjectCondition.retainedThrough(.id(UInt64(2 * avoided + 1)))
      let found = try heap.select(ObjectQuery([condition], order: .id)).page.map(\.row.ordinal)
      let dominated = try heap.select(
        ObjectQuery([.dominatedBy(.id(UInt64(2 * avoided + 1)))], order: .id)
      )
      let lost = reached(sketch, without: nil).subtracting(reached(sketch, without: avoided))
      expect(Set(found), equals: lost.subtracting([avoided]), "\(sketch) without \(avoided)")
      // Of one object both are the same, but for what nothing holds and what that refers to.
      let dominatedAndHeld = Set(dominated.page.map(\.row.ordinal))
        .intersection(reached(sketch, without: nil))
      #expect(dominatedAndHeld.isSubset(of: found), "\(sketch) without \(avoided)")
    }
  }

  private func reached(_ sketch: [[UInt32]], without avoided: UInt32?) -> Set<UInt32> {
    var reached: Set<UInt32> = [0]
    var pending: [UInt32] = [0]
    while let node = pending.popLast() {
      for target in sketch[Int(node)] where target != avoided && !reached.contains(target) {
        reached.insert(target)
        pending.append(target)
      }
    }
    return reached
  }
}

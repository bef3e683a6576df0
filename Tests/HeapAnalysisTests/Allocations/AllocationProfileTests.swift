import HeapAnalysis
import HeapModel
import TestSupport
import Testing

struct AllocationProfileTests {
  private func profile(_ text: V8SnapshotText) throws -> AllocationProfile? {
    AllocationProfile(try HeapAnalyzer.analyze(text.graph()))
  }

  @Test func `what is alive is told by time, up to the last sample`() throws {
    let profile = try #require(try profile(V8SnapshotText.timeline()))

    expect(profile.buckets.map(\.microseconds), equals: [0, 100, 2_500])
    expect(profile.buckets.map(\.live.size), equals: [0, 64, 68])
    expect(profile.buckets.map(\.live.count), equals: [0, 2, 2])
  }

  @Test func `a stack has its frames, what it allocated, what is alive of it and of which class`()
    throws
  {
    let profile = try #require(try profile(V8SnapshotText.timeline()))

    expect(profile.stacks.map(\.identifier), equals: [3, 2])
    let serve = try #require(profile.stacks.first)
    expect(serve.frames.map(\.name), equals: ["serve", "main", "(root)"])
    expect(serve.frames[0].script, equals: "app.js")
    expect(serve.frames[0].line, equals: 20)
    expect(serve.frames[0].column, equals: 2)
    expect(serve.allocated, equals: AllocationProfile.Amount(count: 9, size: 400))
    expect(serve.live, equals: AllocationProfile.Amount(count: 3, size: 84))
    expect(serve.classes.map(\.owner), equals: ["Session", "(string)"])
    expect(serve.classes.map(\.live.count), equals: [2, 1])
  }

  @Test func `a class has the stacks that allocated it`() throws {
    let profile = try #require(try profile(V8SnapshotText.timeline()))

    let sessions = try #require(profile.classes.first { $0.name == "Session" })
    expect(sessions.live, equals: AllocationProfile.Amount(count: 3, size: 112))
    expect(sessions.stacks.map(\.owner), equals: [3, 2])
    expect(sessions.stacks.map(\.live.size), equals: [64, 48])
    expect(profile.traced, equals: AllocationProfile.Amount(count: 4, size: 132))
    // The root, the session from before, and the embedder's object.
    expect(profile.untraced, equals: AllocationProfile.Amount(count: 3, size: 108))
  }

  @Test func `functions are told by what they allocated themselves`() throws {
    let profile = try #require(try profile(V8SnapshotText.timeline()))

    expect(profile.functions.map(\.frame.name), equals: ["serve", "warmUp", "main"])
    expect(profile.functions.map(\.allocated.size), equals: [400, 240, 8])
    expect(profile.functions.map(\.live.size), equals: [84, 48, 0])
  }

  @Test func `without a recording there is no profile`() throws {
    #expect(try profile(V8SnapshotText(style: .node20)) == nil)
    #expect(try profile(V8SnapshotText(style: .chromium)) == nil)
  }

  @Test(arguments: [
    ("[1,9,0,0,[]]", "an allocation by function 9 of 4"),
    ("[1,0,0,0,[1,0,0,0,[]]]", "two allocation stacks have number 1"),
    ("[1,0,0,[]]", "the tree of allocations: a row of 3 numbers"),
    ("[1,0,0,0]", "the tree of allocations: a list that ends inside a row"),
    ("[1,0,0,0,5,[]]", "the tree of allocations: a row of five numbers"),
    ("[1,0,0,0,99999999999999999999,[]]", "the tree of allocations: a number of more than 64 bits"),
    ("{}", "the tree of allocations: neither number nor list"),
  ])
  func `a tree that cannot be is refused`(tree: String, message: String) {
    var text = V8SnapshotText.timeline()
    text.traceTree = tree
    let error = #expect(throws: SnapshotError.self) { try text.graph() }
    expect(error?.message, equals: message)
  }
}

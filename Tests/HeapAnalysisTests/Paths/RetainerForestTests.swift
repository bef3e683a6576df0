@testable import HeapAnalysis
import HeapModel
import TestSupport
import Testing

struct RetainerForestTests {
  private func path(_ program: ProgramSketch, to node: Int) throws -> [String]? {
    let heap = try program.heap()
    return RetainerForest(heap).path(of: UInt32(node)).flatMap { NormalizedPath([$0])?.steps }
  }

  @Test func `the program's own way comes before a shorter one of the engine`() throws {
    var program = ProgramSketch()
    let (first, second) = (program.object("A"), program.object("B"))
    program.property("a", of: program.global, is: first)
    program.property("b", of: first, is: second)
    let leaf = program.object("Leaf")
    program.property("leaf", of: second, is: leaf)
    program.element(1, of: program.roots, is: leaf)

    try expect(path(program, to: leaf), equals: ["global", ".a: A", ".b: B", ".leaf: Leaf"])
  }

  @Test func `a timer is a reason only if there is no other`() throws {
    var program = ProgramSketch()
    let timer = program.object("Timeout")
    let leaf = program.object("Leaf")
    let only = program.object("Only")
    program.property("timer", of: program.global, is: timer)
    program.property("leaf", of: timer, is: leaf)
    program.property("only", of: timer, is: only)
    program.element(1, of: program.roots, is: leaf)
    let heap = try program.heap()
    let forest = RetainerForest(heap)

    expect(forest.path(of: UInt32(leaf))?.origin, equals: .engine)
    expect(forest.path(of: UInt32(only))?.origin, equals: .pending)
    try expect(path(program, to: only), equals: ["global", ".timer: Timeout", ".only: Only"])
    // The timer itself is reached as anything else.
    expect(forest.path(of: UInt32(timer))?.origin, equals: .program)
  }

  @Test func `of two ways of one length the one with the first name is taken`() throws {
    for order in [["zulu", "alpha"], ["alpha", "zulu"]] {
      var program = ProgramSketch()
      let leaf = program.object("Leaf")
      for name in order {
        let holder = program.object("Holder")
        program.property(name, of: program.global, is: holder)
        program.property("leaf", of: holder, is: leaf)
      }
      // Both holders look alike from below; their names decide above them.
      try expect(path(program, to: leaf)?.count, equals: 3)

      let direct = program.object("Direct")
      for name in order { program.property(name, of: program.global, is: direct) }
      try expect(path(program, to: direct), equals: ["global", ".alpha: Direct"])
    }
  }

  @Test func `weak references, shortcuts and tables of WeakMaps lead nowhere`() throws {
    var program = ProgramSketch()
    let table = program.object("Table", id: 501)
    let leaf = program.object("Leaf", id: 503)
    program.property("table", of: program.global, is: table)
    program.link(
      "3 / part of key (K @505) -> value (Leaf @503) pair in WeakMap (table @501)",
      from: table,
      to: leaf
    )

    #expect(try path(program, to: leaf) == nil)
  }

  /// No engine writes such a snapshot, but whoever has the file can.
  @Test(.timeLimit(.minutes(1)))
  func `roots that refer to each other do not lead in a circle`() throws {
    var program = ProgramSketch()
    let group = program.node("(A group)", type: "synthetic")
    program.link("group", from: program.roots, to: group)
    program.property("back", of: group, is: program.roots)
    let leaf = program.object("Leaf")
    program.element(1, of: group, is: leaf)

    try expect(path(program, to: leaf), equals: ["(GC roots)", "{group}: (A group)", "[]: Leaf"])
  }

  @Test func `a long list is written in two steps, with its length`() throws {
    var program = ProgramSketch()
    var previous = program.object("Link")
    program.property("list", of: program.global, is: previous)
    for _ in 0..<5_000 {
      let link = program.object("Link")
      program.property("next", of: previous, is: link)
      previous = link
    }
    let heap = try program.heap()
    let path = try #require(RetainerForest(heap).path(of: UInt32(previous)))

    expect(path.length, equals: 5_002)
    expect(path.steps.count, equals: 3)
    expect(path.steps.last?.repeatCount, equals: 4_999)
    expect(path.steps.last?.node, equals: UInt32(previous))
    expect(path.text, equals: ["global", ".list: Link", ".next: Link (and 4999 more)"])
  }

  @Test func `groups of up to three steps are folded`() {
    func labels(_ names: [String]) -> [PathLabel] {
      names.map { name in
        let step = RetainerPath.Step(
          edgeKind: .property,
          edgeName: name,
          node: 0,
          className: "C",
          functionName: nil
        )
        return PathLabel(step, isFirst: false)
      }
    }
    func folded(_ names: String) -> String {
      let labels = labels(names.map { String($0) })
      return NormalizedPath.collapse(labels).map { $0.chosenName ?? "" }.joined()
    }

    expect(folded("xaaaay"), equals: "xay")
    expect(folded("xabababy"), equals: "xaby")
    expect(folded("abcabcabcd"), equals: "abcd")
    expect(folded("abcdabcd"), equals: "abcdabcd")
  }

  @Test func `ids and scopes are no part of a label`() {
    func label(_ kind: EdgeKind, _ edge: String, _ name: String) -> String {
      let step = RetainerPath.Step(
        edgeKind: kind,
        edgeName: edge,
        node: 0,
        className: name,
        functionName: nil
      )
      return PathLabel(step, isFirst: false).text
    }

    expect(
      label(.context, "cache", "system / Context / scope @7953"),
      equals: "variable cache: context"
    )
    expect(label(.internal, "17", "Session"), equals: "[]: Session")
    expect(label(.hidden, "3", "{id, name}"), equals: "{}: Object")
    expect(label(.property, "42", "Array"), equals: "[]: Array")
    expect(label(.internal, "9 / DevTools console", "X"), equals: "{DevTools console}: X")
    expect(
      label(.internal, "6 / part of key (K @1) -> value (V @2) pair in WeakMap (table @3)", "V"),
      equals: "{WeakMap value}: V"
    )
  }
}

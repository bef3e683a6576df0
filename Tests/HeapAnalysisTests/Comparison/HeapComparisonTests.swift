import HeapAnalysis
import HeapModel
import TestSupport
import Testing

struct HeapComparisonTests {
  private func heap(
    _ sessions: [UInt64],
    names: Int = 12,
    firstID: UInt64 = 201
  ) throws
    -> AnalyzedHeap
  {
    var program = ProgramSketch()
    // Builtin functions by which two heaps are known to be of one process.
    for index in 0..<names {
      let builtin = program.node("f\(index)", type: "closure", id: firstID + 2 * UInt64(index))
      program.property("f\(index)", of: program.global, is: builtin)
    }
    let values = sessions.map { program.instance(of: "Session", id: $0) }
    program.map(named: "cache", id: 21, of: values)
    return try program.heap()
  }

  @Test func `by id, an object that stays counts for nothing`() throws {
    let comparison = HeapComparison.compare(
      base: try heap([1_001, 1_003]),
      main: try heap([1_003, 1_005, 1_007])
    )

    expect(comparison.method, equals: .byID)
    expect(comparison.reasonAgainstIDs, equals: "")
    let row = try #require(comparison.rows.first { $0.name == "Session" })
    expect(row.key, equals: "7,3,4,Session")
    #expect((row.addedCount, row.removedCount) == (2, 1))
    #expect((row.addedSize, row.removedSize) == (128, 64))
    #expect((row.countDelta, row.sizeDelta) == (1, 64))
    #expect(!comparison.rows.contains { $0.name == "Map" })
  }

  @Test func `ids of another session are not compared`() throws {
    let base = try heap([1_001, 1_003])
    let main = try heap([1_003, 1_005, 1_007], firstID: 401)
    let comparison = HeapComparison.compare(base: base, main: main)

    expect(comparison.method, equals: .byClass)
    #expect(comparison.reasonAgainstIDs.contains("builtin functions have other ids"))
    let row = try #require(comparison.rows.first { $0.name == "Session" })
    #expect((row.addedCount, row.removedCount, row.addedSize) == (1, 0, 64))

    let forced = HeapComparison.compare(base: base, main: main, areIDsComparable: true)
    expect(forced.method, equals: .byID)
    expect(forced.rows.first { $0.name == "Session" }?.removedCount, equals: 1)
  }

  @Test func `pages of two processes are not compared by id, those of one are`() throws {
    func page(firstID: UInt64) throws -> AnalyzedHeap {
      var text = V8SnapshotText()
      let roots = text.node("(GC roots)", type: "synthetic", id: 3, size: 0)
      text.edge(from: 0, to: roots, index: 1)
      let context = text.node("system / NativeContext", type: "hidden", id: 7)
      text.edge(from: roots, to: context, index: 1)
      for index in 0..<12 {
        let builtin = text.node("f\(index)", type: "closure", id: firstID + 2 * UInt64(index))
        text.edge(from: context, to: builtin, named: "builtin_\(index)", type: "internal")
      }
      return try HeapAnalyzer.analyze(text.graph())
    }
    let first = try page(firstID: 201)

    expect(ObjectIdentity.areIDsComparable(first, try page(firstID: 401)), equals: false)
    expect(ObjectIdentity.areIDsComparable(first, try page(firstID: 201)), equals: true)
  }

  @Test func `by class, objects that became larger are a difference`() throws {
    func heap(size: UInt64) throws -> AnalyzedHeap {
      var program = ProgramSketch()
      let cache = program.instance(of: "Cache", id: 1_001, size: size)
      program.property("cache", of: program.global, is: cache)
      return try program.heap()
    }
    let comparison = HeapComparison.compare(
      base: try heap(size: 1_000),
      main: try heap(size: 80_000_000),
      areIDsComparable: false
    )

    let row = try #require(comparison.rows.first { $0.name == "Cache" })
    expect(row.countDelta, equals: 0)
    expect(row.sizeDelta, equals: 79_999_000)
  }

  @Test func `plain objects are grouped by the main heap's shapes in both`() throws {
    func heap(_ count: Int) throws -> AnalyzedHeap {
      var program = ProgramSketch()
      for index in 0..<count {
        let object = program.object("Object", id: 1_001 + 2 * UInt64(index))
        program.property("o\(index)", of: program.global, is: object)
        program.property("id", of: object, is: program.global)
      }
      return try program.heap()
    }
    // One object alone makes no interface, two do.
    let comparison = HeapComparison.compare(base: try heap(1), main: try heap(2))

    expect(comparison.rows.map(\.name), equals: ["{id}"])
    expect(comparison.rows.first?.addedCount, equals: 1)
    expect(comparison.rows.first?.removedCount, equals: 0)
  }

  @Test func `an object that became another class is removed and added`() throws {
    func heap(_ name: String) throws -> AnalyzedHeap {
      var program = ProgramSketch()
      program.property("x", of: program.global, is: program.object(name, id: 1_001))
      return try program.heap()
    }
    let comparison = HeapComparison.compare(base: try heap("Before"), main: try heap("After"))

    expect(Set(comparison.rows.map(\.name)), equals: ["Before", "After"])
    expect(comparison.rows.first { $0.name == "After" }?.addedCount, equals: 1)
    expect(comparison.rows.first { $0.name == "Before" }?.removedCount, equals: 1)
  }
}

import HeapAnalysis
import TestSupport
import Testing

struct FleetComparisonTests {
  private func histogram(
    _ counts: [String: Int],
    omission: ClassHistogram.Omission? = nil
  ) -> ClassHistogram {
    let entries = counts.map { name, count in
      ClassHistogram.Entry(
        key: "," + name,
        name: name,
        count: count,
        selfSize: UInt64(count) * 10,
        retainedSize: UInt64(count) * 100
      )
    }
    return ClassHistogram(entries: entries, omission: omission, totalSize: 0)
  }

  @Test func `the class that grew on most instances comes first`() {
    let base = (0..<20).map { histogram(["Session": 1_000 + 7 * $0, "(string)": 50_000]) }
    let main = (0..<60).map { index in
      histogram([
        "Session": index < 41 ? 9_000 : 1_050, "(string)": 50_100,
        "Retry": index % 2 == 0 ? 500 : 490,
      ])
    }
    let rows = FleetComparison(base: base, main: main).rows.filter(\.isSignificant)

    expect(rows.map(\.name), equals: ["Retry", "Session"])
    expect(rows.map(\.grownInstanceCount), equals: [60, 41])
    expect(rows.last?.mainInstanceCount, equals: 60)
    expect(rows.last?.grownInstances, equals: Array(0..<41))
    expect(rows.last?.baseMedianCount, equals: 1_066.5)
    expect(rows.last?.mainMedianCount, equals: 9_000)
  }

  @Test func `one odd instance neither makes a finding nor hides one`() {
    let even = (0..<9).map { _ in histogram(["Session": 100]) }
    #expect(
      FleetComparison(base: even, main: even.dropLast() + [histogram(["Session": 99_999])]).rows
        .filter(\.isSignificant)
        .isEmpty
    )

    let oddBase = even.dropLast() + [histogram(["Session": 99_999])]
    let grown = (0..<9).map { _ in histogram(["Session": 1_000]) }
    expect(
      FleetComparison(base: Array(oddBase), main: grown).rows.filter(\.isSignificant).map(\.name),
      equals: ["Session"]
    )
  }

  @Test func `a set that scatters needs more to be called grown`() {
    let base = (0..<10).map { histogram(["Session": 1_000 * ($0 + 1)]) }
    let main = (0..<10).map { histogram(["Session": 1_000 * ($0 + 3)]) }

    #expect(FleetComparison(base: base, main: main).rows.filter(\.isSignificant).isEmpty)
    #expect(FleetComparison(base: [], main: main).rows.filter(\.isSignificant).isEmpty)
  }

  @Test func `a histogram keeps the largest classes and says what it left out`() throws {
    var program = ProgramSketch()
    for index in 0..<20 {
      let object = program.object("Class\(index)", size: UInt64(10 * (index + 1)))
      program.property("p\(index)", of: program.global, is: object)
    }
    let heap = try program.heap()
    let histogram = ClassHistogram(heap, limit: 5)

    expect(histogram.entries.map(\.name), equals: heap.classes.prefix(5).map(\.name))
    expect(histogram.omission?.classCount, equals: heap.classes.count - 5)
    expect(histogram.omission?.largestCount, equals: heap.classes.dropFirst(5).map(\.count).max())
    expect(
      histogram.omission?.largestRetainedSize,
      equals: heap.classes.dropFirst(5).first?.retainedSize
    )
    expect(histogram.totalSize, equals: heap.statistics.total)
    expect(ClassHistogram(heap).entries.count, equals: heap.classes.count)
    #expect(ClassHistogram(heap).omission == nil)
  }

  @Test func `objects behind the limit count with those of their name`() throws {
    var program = ProgramSketch()
    for (script, size) in [(7, 1_000), (8, 10)] {
      let object = program.instance(
        of: "Session",
        id: UInt64(1_001 + script * 2),
        size: UInt64(size),
        script: script
      )
      program.property("p\(script)", of: program.global, is: object)
    }
    let heap = try program.heap()
    let isLarge = heap.classes.map { $0.name == "Session" && $0.selfSize == 1_000 }
    let limit = try #require(isLarge.firstIndex(of: true)) + 1
    let histogram = ClassHistogram(heap, limit: limit)

    let sessions = try #require(histogram.entries.last)
    #expect((sessions.name, sessions.count, sessions.selfSize) == ("Session", 2, 1_010))
    expect(histogram.omission?.classCount, equals: heap.classes.count - limit - 1)
  }

  @Test func `what was left out of a table did not grow from nothing`() throws {
    let omission = ClassHistogram.Omission(
      classCount: 9,
      largestCount: 3_000,
      largestRetainedSize: 100_000
    )
    let base = (0..<3).map { _ in histogram(["Session": 10], omission: omission) }
    let main = (0..<3).map { _ in histogram(["Session": 10, "Point": 2_500, "Row": 9_000]) }
    let comparison = FleetComparison(base: base, main: main)

    let point = try #require(comparison.rows.first { $0.name == "Point" })
    #expect(point.baseMedianCount == nil && point.baseMedianSize == nil)
    expect(point.mainMedianCount, equals: 2_500)
    expect(point.grownInstanceCount, equals: 0)
    expect(point.isSignificant, equals: false)
    // More than any class that was left out.
    expect(comparison.rows.filter(\.isSignificant).map(\.name), equals: ["Row"])
    #expect(comparison.notes.contains { $0.hasPrefix("of 3 of the instances") })
    // One that has all classes and not this one is not enough to know the median.
    let mixed = FleetComparison(base: base.dropLast() + [histogram([:])], main: main)
    #expect(mixed.rows.first { $0.name == "Point" }?.baseMedianCount == nil)
    let known = FleetComparison(base: [base[0], histogram([:]), histogram([:])], main: main)
    expect(known.rows.first { $0.name == "Point" }?.baseMedianCount, equals: 0)
    #expect(known.rows.first { $0.name == "Point" }?.isSignificant == true)
  }

  @Test func `a shape that is too rare for a class did not grow from nothing`() throws {
    func heap(_ count: Int) throws -> ClassHistogram {
      var program = ProgramSketch()
      let table = program.object("Array")
      program.property("table", of: program.global, is: table)
      for index in 0..<UInt32(5_000) {
        let row = program.object("Object")
        program.element(index, of: table, is: row)
        program.property(index < count ? "user" : "row", of: row, is: program.global)
      }
      return ClassHistogram(try program.heap())
    }
    let base = try (0..<2).map { _ in try heap(4) }
    let main = try (0..<2).map { _ in try heap(9) }
    expect(base.map(\.leastShapeCount), equals: [5, 5])
    let comparison = FleetComparison(
      base: base,
      main: main,
      thresholds: .init(minimumCount: 5, minimumRatio: 1)
    )

    let row = try #require(comparison.rows.first { $0.name == "{user}" })
    #expect(row.baseMedianCount == nil && row.baseMedianSize == nil)
    expect(row.mainMedianCount, equals: 9)
    // Nine are five more than none, but not than the four that there may be.
    expect(row.isSignificant, equals: false)
    expect(row.grownInstanceCount, equals: 0)
  }

  @Test(
    arguments: [(1, 1, 1), (1, 3, 3), (3, 1, 1), (2, 2, 1), (3, 4, 2)] as [(Int, Int, Int)]
  )
  func `one odd instance of few is no verdict`(base: Int, main: Int, grown: Int) throws {
    let few = (0..<base).map { _ in histogram(["Session": 10]) }
    let many = (0..<main).map { histogram(["Session": $0 < grown ? 5_000 : 10]) }
    let comparison = FleetComparison(base: few, main: many)

    let row = try #require(comparison.rows.first)
    expect(row.grownInstanceCount, equals: grown)
    expect(row.isSignificant, equals: false)
    expect(
      comparison.notes.contains { $0.hasPrefix("too few instances to tell") },
      equals: base < 2 || main < 2
    )
  }

  @Test(arguments: [(2, 2, 2), (2, 3, 2), (9, 60, 31)] as [(Int, Int, Int)])
  func `more than half of several is one`(base: Int, main: Int, grown: Int) throws {
    let few = (0..<base).map { _ in histogram(["Session": 10]) }
    let many = (0..<main).map { histogram(["Session": $0 < grown ? 5_000 : 10]) }
    let comparison = FleetComparison(base: few, main: many)

    expect(comparison.rows.first?.isSignificant, equals: true)
    expect(comparison.notes, equals: [])
  }

  /// Two runtimes or services have little in common, and each class of either is worth a line.
  @Test func `classes of either side are told, what is significant first`() {
    let base = [histogram(["Session": 10, "OnlyInBase": 5]), histogram(["Session": 10])]
    let main = (0..<2).map { _ in histogram(["Session": 900, "Tiny": 1]) }
    let rows = FleetComparison(base: base, main: main).rows
    expect(rows.map(\.name).first, equals: "Session")
    expect(rows.map(\.isSignificant), equals: [true, false, false])
    expect(Set(rows.map(\.name)), equals: ["Session", "OnlyInBase", "Tiny"])
  }
}

import HeapAnalysis
import TestSupport
import Testing

struct FleetComparisonTests {
  private func histogram(_ counts: [String: Int]) -> ClassHistogram {
    let entries = counts.map { name, count in
      ClassHistogram.Entry(
        key: "," + name,
        name: name,
        count: count,
        selfSize: UInt64(count) * 10,
        retainedSize: UInt64(count) * 100
      )
    }
    return ClassHistogram(entries: entries, totalSize: 0)
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
    expect(histogram.omittedCount, equals: heap.classes.count - 5)
    expect(histogram.totalSize, equals: heap.statistics.total)
  }

  /// Two runtimes or services have little in common, and each class of either is worth a line.
  @Test func `classes of either side are told, what is significant first`() {
    let base = [histogram(["Session": 10, "OnlyInBase": 5])]
    let rows = FleetComparison(base: base, main: [histogram(["Session": 900, "Tiny": 1])]).rows
    expect(rows.map(\.name).first, equals: "Session")
    expect(rows.map(\.isSignificant), equals: [true, false, false])
    expect(Set(rows.map(\.name)), equals: ["Session", "OnlyInBase", "Tiny"])
  }
}

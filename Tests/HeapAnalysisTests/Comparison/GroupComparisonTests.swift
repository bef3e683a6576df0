import HeapAnalysis
import TestSupport
import Testing

struct GroupComparisonTests {
  /// Ten bytes an object.
  private func heap(_ classes: (key: String, name: String, count: Int)...) -> ClassHistogram {
    let entries = classes.map { key, name, count in
      let size = UInt64(count) * 10
      return ClassHistogram.Entry(
        key: key,
        name: name,
        count: count,
        selfSize: size,
        retainedSize: size * 7
      )
    }
    return ClassHistogram(entries: entries, totalSize: 0)
  }

  @Test func `each group has its medians, and what it lacks is none`() throws {
    let comparison = GroupComparison(groups: [
      [
        heap(("1,2,3,Order", "Order", 100)), heap(("9,2,3,Order", "Order", 102)),
        heap((",Other", "Other", 1)),
      ],
      [heap((",Order", "Order", 400), (",Order", "Order", 100))],
    ])
    let order = try #require(comparison.rows.first)

    expect(comparison.rows.map(\.name), equals: ["Order", "Other"])
    expect(order.shares.map(\.medianCount), equals: [100, 500])
    expect(order.shares.map(\.medianSelfSize), equals: [1_000, 5_000])
    expect(order.ratio, equals: 5)
    expect(comparison.rows[1].shares.map(\.medianCount), equals: [0, 0])
    #expect(comparison.rows[1].ratio == nil)
  }

  @Test func `the program's classes come first, the largest at the top`() {
    let heap = heap(
      (",(string)", "(string)", 9_000),
      (",Small", "Small", 1),
      (",Large", "Large", 50),
      (",system / Map", "system / Map", 9_500)
    )
    let rows = GroupComparison(groups: [[heap], [heap]]).rows

    expect(rows.map(\.name), equals: ["Large", "Small", "system / Map", "(string)"])
    #expect(GroupComparison(groups: []).rows.isEmpty)
  }
}

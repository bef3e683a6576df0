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

  @Test func `a shape that is too rare for a class in one heap is not said to be missing`() throws {
    func table(_ users: Int) throws -> ClassHistogram {
      var program = ProgramSketch()
      let table = program.object("Array")
      program.property("table", of: program.global, is: table)
      for index in 0..<UInt32(5_000) {
        let row = program.object("Object")
        program.element(index, of: table, is: row)
        program.property(index < users ? "user" : "row", of: row, is: program.global)
      }
      return ClassHistogram(try program.heap())
    }
    let (few, many) = try (table(4), table(9))
    // As of a heap of which the classes alone were sent.
    expect(ClassHistogram.leastShapeCount(ofAll: few.entries), equals: few.leastShapeCount)
    let rows = GroupComparison(groups: [[few], [many], [many, many, few]]).rows
    let user = try #require(rows.first { $0.name == "{user}" })

    expect(user.shares.map(\.medianCount), equals: [nil, 9, 9])
    #expect(user.shares[0].medianSelfSize == nil && user.ratio == nil)
    let row = try #require(rows.first { $0.name == "{row}" })
    expect(row.shares.map(\.medianCount), equals: [4_996, 4_991, 4_991])
  }
}

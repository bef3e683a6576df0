@testable import Agent
import TestSupport
import Testing

struct ProcessDescentTests {
  /// 10 -> 20 -> 30, and 40 beside them.
  private let table = SketchedProcesses(processes: [
    10: SketchedProcesses.Process(parentID: 1),
    20: SketchedProcesses.Process(parentID: 10),
    30: SketchedProcesses.Process(parentID: 20),
    40: SketchedProcesses.Process(parentID: 1),
  ])

  @Test func `a process descends from whoever started it, and from who started that one`() {
    expect([20, 30].map { table.descends($0, from: 10) }, equals: [true, true])
    expect([1, 10, 40].map { table.descends($0, from: 10) }, equals: [false, false, false])
  }

  @Test func `a process that is not known descends from none, and none from it`() {
    expect([-1, 0, 99].map { table.descends($0, from: 10) }, equals: [false, false, false])
    expect([-1, 0, 99].map { table.descends(20, from: $0) }, equals: [false, false, false])
  }

  @Test func `a table that runs in a circle is left`() {
    let circle = SketchedProcesses(processes: [
      20: SketchedProcesses.Process(parentID: 30), 30: SketchedProcesses.Process(parentID: 20),
    ])
    expect(circle.descends(20, from: 10), equals: false)
  }
}

import Collector
import HeapModel
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct FloorGrowthTests {
  private func floors(
    count: Int,
    every step: UnixNanoseconds = 10 * second,
    _ used: (Int) -> Double
  ) -> [FloorGrowth.Floor] {
    (0..<count).map { number in
      FloorGrowth.Floor(time: hour + UInt64(number) * step, used: UInt64(max(0, used(number))))
    }
  }

  @Test func `a straight rise is told exactly`() throws {
    // 1,000 bytes every 10 seconds: 360,000 an hour.
    let growth = try #require(
      FloorGrowth(floors(count: 20) { 5_000_000 + 1_000 * Double($0) }, startedAt: 0)
    )
    #expect(abs(growth.bytesPerHour - 360_000) < 1)
    #expect(abs(growth.low - 360_000) < 1)
    #expect(abs(growth.high - 360_000) < 1)
    expect(growth.points, equals: 20)
    #expect(growth.isSignificant)
  }

  @Test func `wild points do not move it`() throws {
    var random = SeededGenerator(seed: 1)
    let noisy = floors(count: 60) { number in
      let wild = number % 11 == 0 ? 40_000_000.0 : 0
      return 8_000_000 + 1_000 * Double(number) + Double.random(in: -3_000...3_000, using: &random)
        + wild
    }
    let growth = try #require(FloorGrowth(noisy, startedAt: 0))
    #expect(growth.low < 360_000 && 360_000 < growth.high)
    #expect(abs(growth.bytesPerHour - 360_000) < 60_000)
    #expect(growth.isSignificant)
  }

  @Test func `a level floor is not called growth`() throws {
    var random = SeededGenerator(seed: 2)
    var called = 0
    for _ in 0..<200 {
      let level = floors(count: 30) { _ in
        8_000_000 + Double.random(in: -50_000...50_000, using: &random)
      }
      let growth = try #require(FloorGrowth(level, startedAt: 0))
      #expect(growth.low <= growth.bytesPerHour && growth.bytesPerHour <= growth.high)
      if growth.isSignificant { called += 1 }
    }
    // 2.5 % of level floors are expected to look like a rise.
    #expect(called <= 12)
  }

  @Test func `a floor that never changes grows by nothing`() throws {
    let growth = try #require(FloorGrowth(floors(count: 10) { _ in 77 }, startedAt: 0))
    expect(growth.bytesPerHour, equals: 0)
    expect(growth.isSignificant, equals: false)
  }

  @Test func `too few, too short or too young is not judged`() {
    let rising: (Int) -> Double = { Double($0) * 1_000 }
    #expect(FloorGrowth(floors(count: 5, rising), startedAt: 0) == nil)
    #expect(FloorGrowth(floors(count: 30, every: second, rising), startedAt: 0) == nil)
    #expect(FloorGrowth(floors(count: 10, rising), startedAt: hour - 10 * second) != nil)
    #expect(FloorGrowth(floors(count: 10, rising), startedAt: hour + 30 * second) == nil)
    #expect(FloorGrowth(floors(count: 10, rising), startedAt: .max) == nil)
    #expect(FloorGrowth([], startedAt: 0) == nil)
  }

  @Test func `floors come from major collections, or from usage as of the last one`() {
    let collections = [
      CollectionActivity(kind: .minor, time: 1, count: 1, pauseNanoseconds: 0, usedAfter: 9),
      CollectionActivity(kind: .major, time: 2, count: 1, pauseNanoseconds: 0, usedAfter: 5),
      CollectionActivity(kind: .major, time: 3, count: 1, pauseNanoseconds: 0),
    ]
    let usage = [4, 4, 6, 6, 4].enumerated().map {
      HeapUsage(time: UInt64($0.offset), used: UInt64($0.element), total: 10)
    }
    expect(
      FloorGrowth.floors(collections: collections, usage: usage, capabilities: .liveUsage),
      equals: [FloorGrowth.Floor(time: 2, used: 5)]
    )
    expect(
      FloorGrowth.floors(collections: [], usage: usage, capabilities: .liveUsage),
      equals: []
    )
    expect(
      FloorGrowth.floors(collections: [], usage: usage, capabilities: []).map(\.time),
      equals: [0, 2, 4]
    )
  }
}

import HeapModel
import Store
import TestSupport
import Testing

@Suite struct SeriesStoreTests {
  private let target = TargetID(high: 7, low: 1)
  private let everything: Range<UnixNanoseconds> = 0..<UnixNanoseconds.max

  private func usage(at time: UInt64, used: UInt64 = 5) -> HeapUsage {
    HeapUsage(time: time, used: used, total: used + 1)
  }

  private func append(
    _ points: [HeapUsage],
    to store: any SeriesStore,
    sequence: UInt64
  ) async throws {
    let isNew = try await store.append(
      [TargetReadings(targetID: target, usage: points)],
      stamp: SequenceStamp(agentID: Sample.agent, sequence: sequence)
    )
    #expect(isNew)
  }

  @Test(arguments: StoreKind.allCases)
  func `a reading comes back with what it had and without what it had not`(
    kind: StoreKind
  ) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.series
    let readings = [
      HeapUsage(
        time: 10,
        used: 5,
        total: 6,
        limit: .max,
        external: 0,
        residentSize: 9,
        spaces: [
          HeapSpace(name: "new", used: 1, size: 2), HeapSpace(name: "old", used: 3, size: 4),
        ]
      ),
      HeapUsage(time: 20, used: .max, total: 0, arrayBuffers: 4, proportionalSize: 3),
      HeapUsage(
        time: 25,
        used: 1,
        total: 2,
        documents: DocumentCounts(documents: 3, nodes: 90_000, eventListeners: 0)
      ),
      HeapUsage(
        time: 30,
        used: 0,
        total: 0,
        spaces: [HeapSpace(name: "old", used: 7, size: 8)]
      ),
    ]
    let collections = [
      CollectionActivity(
        kind: .major,
        time: 12,
        count: 2,
        pauseNanoseconds: 700,
        longestPauseNanoseconds: 400,
        usedBefore: 90,
        usedAfter: 50,
        forcedCount: 1
      ),
      CollectionActivity(kind: .minor, time: 12, count: 40, pauseNanoseconds: 70),
    ]
    let isNew = try await store.append(
      [TargetReadings(targetID: target, usage: readings, collections: collections)],
      stamp: SequenceStamp(agentID: Sample.agent, sequence: 1)
    )
    #expect(isNew)

    try await expect(store.usage(of: target, in: everything, limit: 10), equals: readings)
    try await expect(store.collections(of: target, in: everything, limit: 10), equals: collections)
    try await expect(
      store.usage(of: TargetID(high: 8, low: 1), in: everything, limit: 1),
      equals: []
    )
  }

  @Test(arguments: StoreKind.allCases)
  func `a message that the store has adds nothing`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.series
    try await append([usage(at: 1)], to: store, sequence: 8)
    let again = try await store.append(
      [TargetReadings(targetID: target, usage: [usage(at: 1)])],
      stamp: SequenceStamp(agentID: Sample.agent, sequence: 8)
    )

    expect(again, equals: false)
    try await expect(store.lastSequence(of: Sample.agent), equals: 8)
    try await expect(store.usage(of: target, in: everything, limit: 10).count, equals: 1)
  }

  @Test(arguments: StoreKind.allCases)
  func `a range is cut at both ends and at its limit`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.series
    for number in 0..<500 {
      try await append(
        [usage(at: UInt64(number) * 10)],
        to: store,
        sequence: UInt64(number) + 1
      )
    }

    let some = try await store.usage(of: target, in: 100..<200, limit: 1_000)
    expect(some.map(\.time), equals: (10..<20).map { $0 * 10 })
    let first = try await store.usage(of: target, in: 95..<5_000, limit: 3)
    expect(first.map(\.time), equals: [100, 110, 120])
    try await expect(store.usage(of: target, in: everything, limit: 1_000).count, equals: 500)
  }

  @Test(arguments: StoreKind.allCases)
  func `readings that come late stand where they belong`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.series
    var random = SeededGenerator(seed: 3)
    var times = (0..<400).map { UInt64($0) * 7 }
    times.shuffle(using: &random)
    for (index, time) in times.enumerated() {
      try await append([usage(at: time, used: time)], to: store, sequence: UInt64(index) + 1)
    }

    let all = try await store.usage(of: target, in: everything, limit: 1_000)
    expect(all.map(\.time), equals: times.sorted())
    #expect(all.allSatisfy { $0.used == $0.time })
    let page = try await store.usage(of: target, in: 700..<UInt64.max, limit: 50)
    expect(page.map(\.time), equals: (100..<150).map { $0 * 7 })
  }

  @Test(arguments: StoreKind.allCases)
  func `the last reading is the last by its own time`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.series
    try await append([usage(at: 50), usage(at: 90)], to: store, sequence: 1)
    try await append([usage(at: 70)], to: store, sequence: 2)

    let absent = TargetID(high: 1, low: 1)
    try await expect(store.latestUsage(of: [target, absent]), equals: [target: usage(at: 90)])
  }

  @Test(arguments: StoreKind.allCases)
  func `old readings are forgotten`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.series
    for number in 0..<300 {
      try await append([usage(at: UInt64(number))], to: store, sequence: UInt64(number) + 1)
    }
    try await store.forget(before: 250)

    let rest = try await store.usage(of: target, in: everything, limit: 1_000)
    expect(rest.map(\.time).suffix(50), equals: Array(250..<300))
    #expect(rest.count < 300)
    try await append([usage(at: 301)], to: store, sequence: 301)
    let more = try await store.usage(of: target, in: everything, limit: 1_000)
    expect(more.count, equals: rest.count + 1)
  }

  @Test(arguments: StoreKind.allCases)
  func `the classes of a snapshot come back in their order`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.series
    let rows = [
      ClassHistogramRow(key: "Session", name: "Session", count: 150, selfSize: 9, retainedSize: 90),
      ClassHistogramRow(key: "{a, b}", name: "Object", count: .max, selfSize: 0, retainedSize: 1),
      ClassHistogramRow(key: "", name: "", count: 1, selfSize: 1, retainedSize: 1),
    ]
    #expect(try await store.histogram(of: Sample.id(1)) == nil)
    let empty = ClassHistogramRecord(rows: [])
    try await store.saveHistogram(empty, of: Sample.id(1))
    try await expect(store.histogram(of: Sample.id(1)), equals: empty)
    let cut = ClassHistogramRecord(
      rows: rows,
      omission: .init(classCount: 7, largestCount: 3, largestRetainedSize: .max),
      leastShapeCount: 90
    )
    try await store.saveHistogram(cut, of: Sample.id(1))
    try await expect(store.histogram(of: Sample.id(1)), equals: cut)
  }
}

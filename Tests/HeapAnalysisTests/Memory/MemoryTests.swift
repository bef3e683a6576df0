@testable import HeapAnalysis
import HeapModel
import TestSupport
import Testing

struct MemoryTests {
  @Test func `a block serves the next array of its size`() {
    let pool = MemoryPool()
    var array: PooledArray<UInt32>? = pool.array(repeating: 7, count: 100_000)
    let address = array?.base
    array = nil
    #expect(pool.idleByteCount >= 400_000)

    let again: PooledArray<UInt64> = pool.array(count: 40_000)
    expect(UnsafeRawPointer(again.base), equals: address.map { UnsafeRawPointer($0) })
    expect(pool.idleByteCount, equals: 0)
  }

  @Test func `a block is not wasted on a much smaller array`() {
    let pool = MemoryPool()
    _ = pool.array(of: UInt8.self, count: 1 << 20)
    let small: PooledArray<UInt8> = pool.array(count: 1_000)

    expect(small.count, equals: 1_000)
    #expect(pool.idleByteCount >= 1 << 20)
  }

  @Test func `no more than the limit waits for reuse`() {
    let pool = MemoryPool(idleByteLimit: 1 << 20)
    for _ in 0..<4 { _ = pool.array(of: UInt8.self, count: 3 << 18) }
    let arrays = (0..<4).map { _ in pool.array(of: UInt8.self, count: 3 << 18) }
    expect(arrays.count, equals: 4)

    #expect(pool.idleByteCount <= 1 << 20)
  }

  @Test func `a graph takes a block little larger than it needs, and none for a small array`() {
    let pool = MemoryPool()
    _ = pool.array(of: UInt8.self, count: 4 << 20)
    var half: FlatArray<UInt8>? = FlatArray(capacity: 2 << 20, memory: pool)
    let small = FlatArray<UInt8>(capacity: 1 << 10, memory: pool)
    expect(pool.idleByteCount, equals: 4 << 20)
    expect(half?.capacity, equals: 2 << 20)
    expect(small.capacity, equals: 1 << 10)
    half = nil
    expect(pool.idleByteCount, equals: 6 << 20)

    let array = FlatArray<UInt8>(capacity: 15 << 18, memory: pool)
    expect(pool.idleByteCount, equals: 2 << 20)
    for byte in 0..<100_000 { array.append(UInt8(truncatingIfNeeded: byte)) }
    expect(array.count, equals: 100_000)
  }

  /// What `docs/analysis.md` says an analysis needs beside the graph.
  @Test func `an analysis needs 80 bytes an object and 16 a reference at most`() throws {
    var random = SeededGenerator(seed: 3)
    let count = 60_000
    let sketch = (0..<count).map { node in
      (0..<4).map { _ in UInt32.random(in: 0..<UInt32(count), using: &random) }
        + [UInt32(min(node + 1, count - 1))]
    }
    let graph = HeapGraph(sketch: sketch)
    let pool = MemoryPool()
    do { _ = try HeapAnalyzer(pool: pool).analyze(graph) }

    let limit = 80 * graph.nodeCount + 16 * graph.edgeCount + (4 << 20)
    #expect(pool.idleByteCount < limit)
  }

  @Test func `equal bytes have equal numbers`() {
    var interner = ByteInterner()
    let words = (0..<500).map { Array("word \($0 % 250)".utf8) }
    let numbers = words.map { interner.number(of: $0) }

    expect(numbers, equals: (0..<500).map { $0 % 250 })
    expect(interner.string(17), equals: "word 17")
    #expect(Array("word 300".utf8).withUnsafeBufferPointer { interner.knownNumber(of: $0) } == nil)
  }

  @Test func `FNV-1a is the published one`() {
    var small = FNV1a64()
    small.add("foobar".utf8)
    expect(small.hexadecimal, equals: "85944171f73967e8")

    expect(FNV1a128().hexadecimal, equals: "6c62272e07bb014262b821756295c58d")
    var large = FNV1a128()
    large.add("a".utf8)
    expect(large.hexadecimal, equals: "d228cb696f1a8caf78912b704e4a8964")
    large.add("foobar".utf8.dropFirst())
    expect(large.hexadecimal.count, equals: 32)
  }

  @Test func `sets of ids know their members, zero too`() {
    let pool = MemoryPool()
    let ids: [UInt64] = [0, 3, 1 << 40, UInt64.max]
    let set = ids.withUnsafeBufferPointer { IdentifierSet($0, pool: pool) }

    #expect(ids.allSatisfy { set.contains($0) })
    #expect(!set.contains(1) && !set.contains(1 << 41))
  }

  @Test func `pairs come back by the upper bits of their keys`() {
    var random = SeededGenerator(seed: 9)
    let pairs = (0..<20_000).map { _ in
      (
        UInt32.random(in: 0..<10_000, using: &random),
        UInt64.random(in: 0..<1 << 31, using: &random)
      )
    }
    var buckets = PairBuckets(keyCount: 10_000, pairLimit: pairs.count, pool: MemoryPool())
    for (key, value) in pairs { buckets.append(key: key, value: value) }

    for bucket in 0..<3 {
      var found: [UInt64] = []
      buckets.forEachChunk(of: bucket) { found += $0 }
      let expected = pairs.filter { Int($0.0) / PairBuckets.keysPerBucket == bucket }
      expect(found.sorted(), equals: expected.map { UInt64($0.0) << 32 | $0.1 }.sorted())
    }
  }
}

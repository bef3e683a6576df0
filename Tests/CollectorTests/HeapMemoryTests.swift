import Collector
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct HeapMemoryTests {
  @Test func `what is given is counted, and given back with the last reference`() async throws {
    let memory = HeapMemory(limit: 1_000)
    var share: HeapMemory.Share? = memory.shareIfFree(600)
    expect(memory.used, equals: 600)
    #expect(memory.shareIfFree(401) == nil)
    expect(share?.grow(to: 1_000), equals: true)
    expect(share?.grow(to: 1_001), equals: false)
    expect(share?.grow(to: 5), equals: true)
    expect(memory.used, equals: 1_000)
    share = nil
    expect(memory.used, equals: 0)
  }

  @Test func `more than there ever is is refused with the numbers`() async throws {
    let memory = HeapMemory(limit: 100 << 20)
    let error = await #expect(throws: HeapMemory.TooLarge.self) {
      _ = try await memory.share(300 << 20)
    }
    expect(error?.description.contains("300 MiB"), equals: true)
    expect(error?.description.contains("100 MiB"), equals: true)
    expect(error?.description.contains("--analysis-memory"), equals: true)
  }

  @Test func `who must wait gets what another gives back`() async throws {
    let memory = HeapMemory(limit: 100)
    var first: HeapMemory.Share? = try await memory.share(80)
    let waiting = Task { try await memory.share(50).byteCount }
    try await Task.sleep(for: .milliseconds(20))
    expect(first?.byteCount, equals: 80)
    first = nil
    try await expect(waiting.value, equals: 50)
  }

  @Test func `what is held only in case is given up in order`() async throws {
    let memory = HeapMemory(limit: 100)
    let kept = Mutex<[HeapMemory.Share?]>([memory.shareIfFree(60), memory.shareIfFree(40)])
    let given = Mutex<[Int]>([])
    let holder = Holder(kept, given)
    memory.addGiver { holder.give(0) }
    memory.addGiver { holder.give(1) }

    let share = try await memory.share(30)
    expect(share.byteCount, equals: 30)
    expect(holder.given, equals: [0])
    let second = try await memory.share(65)
    expect(second.byteCount, equals: 65)
    expect(holder.given, equals: [0, 1])
  }

  private final class Holder: Sendable {
    private let kept: Mutex<[HeapMemory.Share?]>
    private let log: Mutex<[Int]>

    init(_ kept: consuming Mutex<[HeapMemory.Share?]>, _ log: consuming Mutex<[Int]>) {
      self.kept = kept
      self.log = log
    }

    var given: [Int] { log.withLock { $0 } }

    func give(_ number: Int) -> Bool {
      let share = kept.withLock { kept in
        let share = kept[number]
        kept[number] = nil
        return share
      }
      guard share != nil else { return false }
      log.withLock { $0.append(number) }
      return true
    }
  }

  @Test func `counts that a peer invents cost nothing`() {
    expect(HeapCost.graph(nodes: .max, edges: .max, textBytes: .max), equals: .max)
    expect(HeapCost.analysis(nodes: 1 << 62, edges: 0, textBytes: 0), equals: .max)
    #expect(HeapCost.graph(nodes: 1_000_000, edges: 4_000_000, textBytes: 0) < 100 << 20)
  }
}

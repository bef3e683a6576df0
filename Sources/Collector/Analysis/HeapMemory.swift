internal import Synchronization

/// The memory that heaps may take, shared out before they take it.
///
/// What a snapshot needs is known from the counts in its header, so a heap that does not fit is
/// refused with numbers instead of bringing the process down, and one that must wait for room
/// waits. Who holds heaps only because they may be asked for again gives them up first.
package final class HeapMemory: Sendable {
  /// Why a heap cannot be held, ever, with the numbers.
  package struct TooLarge: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(description: String) {
      self.description = description
    }

    init(_ needed: UInt64, of memory: HeapMemory) {
      description =
        "this heap needs about \(needed >> 20) MiB to be analysed, and \(memory.limit >> 20) MiB "
        + "are allowed (--analysis-memory)"
    }
  }

  /// Room that was given; it is given back when the last reference goes.
  package final class Share: Sendable {
    private let memory: HeapMemory
    private let held: Mutex<UInt64>

    fileprivate init(_ memory: HeapMemory, _ byteCount: UInt64) {
      self.memory = memory
      held = Mutex(byteCount)
    }

    deinit {
      memory.giveBack(held.withLock { $0 })
    }

    package var byteCount: UInt64 { held.withLock { $0 } }
    /// What all heaps together may take.
    package var limit: UInt64 { memory.limit }

    /// Takes more, if there is room at once.
    package func grow(to byteCount: UInt64) -> Bool {
      held.withLock { held in
        guard byteCount > held else { return true }
        guard memory.take(byteCount - held) else { return false }
        held = byteCount
        return true
      }
    }
  }

  private struct State {
    var used: UInt64 = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
    /// Each gives something up and says whether it did.
    var givers: [@Sendable () async -> Bool] = []
  }

  package let limit: UInt64
  private let state = Mutex(State())

  package init(limit: UInt64) {
    self.limit = limit
  }

  package var used: UInt64 { state.withLock { $0.used } }

  /// Adds someone who can give up what is held only in case; asked in the order of adding.
  package func addGiver(_ giver: @escaping @Sendable () async -> Bool) {
    state.withLock { $0.givers.append(giver) }
  }

  /// Room at once, or nil.
  package func shareIfFree(_ byteCount: UInt64) -> Share? {
    take(byteCount) ? Share(self, byteCount) : nil
  }

  /// Room, as soon as there is some.
  ///
  /// - Throws: `TooLarge` for more than there ever is; `CancellationError`.
  package func share(_ byteCount: UInt64) async throws -> Share {
    guard byteCount <= limit else {
      throw TooLarge(byteCount, of: self)
    }
    while true {
      try Task.checkCancellation()
      if let share = shareIfFree(byteCount) { return share }
      if await somebodyGivesUp() { continue }
      await waitForChange()
    }
  }

  private func somebodyGivesUp() async -> Bool {
    for giver in state.withLock({ $0.givers }) where await giver() { return true }
    return false
  }

  /// Until something is given back, or a second has passed: what could not be given up before may
  /// be now.
  private func waitForChange() async {
    await withTaskGroup { group in
      group.addTask { await self.nextChange() }
      group.addTask { try? await Task.sleep(for: .seconds(1)) }
      await group.next()
      wakeAll()
      group.cancelAll()
    }
  }

  private func nextChange() async {
    await withCheckedContinuation { continuation in
      state.withLock { $0.waiting.append(continuation) }
    }
  }

  fileprivate func take(_ byteCount: UInt64) -> Bool {
    state.withLock { state in
      guard byteCount <= limit, state.used <= limit - byteCount else { return false }
      state.used += byteCount
      return true
    }
  }

  fileprivate func giveBack(_ byteCount: UInt64) {
    state.withLock { $0.used -= byteCount }
    wakeAll()
  }

  private func wakeAll() {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// What a heap takes, by its counts.
///
/// A graph has 30 bytes per object and 9 per reference (HeapModel); beside it an analysis takes at
/// most 80 and 16 at its peak, and keeps 40 per object (HeapAnalysis). Rounded up here for heaps as
/// they are, with some references per object; texts are held once.
package enum HeapCost {
  package static func graph(nodes: UInt64, edges: UInt64, textBytes: UInt64) -> UInt64 {
    sum(nodes, 32, edges, 10, textBytes)
  }

  /// The graph and everything worked out about it, at the peak.
  package static func analysis(nodes: UInt64, edges: UInt64, textBytes: UInt64) -> UInt64 {
    sum(nodes, 100, edges, 46, textBytes)
  }

  /// What stays of it when the analysis is done.
  package static func analysed(nodes: UInt64, edges: UInt64, textBytes: UInt64) -> UInt64 {
    sum(nodes, 92, edges, 10, textBytes)
  }

  /// Counts are a peer's claim: their sum may be beyond all numbers.
  private static func sum(
    _ nodes: UInt64,
    _ perNode: UInt64,
    _ edges: UInt64,
    _ perEdge: UInt64,
    _ textBytes: UInt64
  ) -> UInt64 {
    let parts = [
      nodes.multipliedReportingOverflow(by: perNode),
      edges.multipliedReportingOverflow(by: perEdge),
      (partialValue: textBytes, overflow: false),
      (partialValue: 8 << 20, overflow: false),
    ]
    return parts.reduce(UInt64(0)) { total, part in
      let (sum, overflow) = total.addingReportingOverflow(part.partialValue)
      return overflow || part.overflow ? .max : sum
    }
  }
}

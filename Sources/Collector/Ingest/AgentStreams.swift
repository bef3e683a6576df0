/// One stream per agent: a newer one takes the place of an older, which first comes to its end.
///
/// A connection that broke is noticed by the agent long before it is noticed here. Only when the
/// old stream has ended, and with it what it was committing, is the last committed number read.
package actor AgentStreams {
  private struct Entry {
    var number: Int
    var evict: @Sendable () -> Void
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private var entries: [String: Entry] = [:]
  private var nextNumber = 0

  package init() {}

  package var count: Int { entries.count }

  package func contains(_ agentID: String) -> Bool { entries[agentID] != nil }

  /// Takes the agent's place, when whoever has it has left.
  ///
  /// - Parameter evict: asks this stream to end, for a newer one.
  /// - Returns: a number to leave with.
  package func enter(_ agentID: String, evict: @escaping @Sendable () -> Void) async -> Int {
    while let entry = entries[agentID] {
      entry.evict()
      await withCheckedContinuation { entries[agentID]?.waiters.append($0) }
    }
    nextNumber += 1
    entries[agentID] = Entry(number: nextNumber, evict: evict)
    return nextNumber
  }

  package func leave(_ agentID: String, _ number: Int) {
    guard let entry = entries[agentID], entry.number == number else { return }
    entries[agentID] = nil
    for waiter in entry.waiters { waiter.resume() }
  }

  /// Asks every stream to end.
  package func evictAll() {
    for entry in entries.values { entry.evict() }
  }
}

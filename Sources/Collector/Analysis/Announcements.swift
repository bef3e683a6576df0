package import HeapModel
internal import Synchronization

/// Tells those who wait for a result that it is there, by its key.
///
/// Whoever waits asks for its place first and looks at the store then, so that nothing that
/// becomes true in between is missed.
package final class Announcements: Sendable {
  private let places = Mutex<[String: [Int: Mailbox<Int, Int>]]>([:])
  private let nextNumber = Mutex(0)

  package init() {}

  /// The result by this key is there, or will never be.
  package func announce(_ key: String) {
    let waiting = places.withLock { $0.removeValue(forKey: key) } ?? [:]
    for box in waiting.values { box.close() }
  }

  /// Asks `look` until it answers, each time the key is announced, but no longer than until `end`.
  package func wait<Value: Sendable>(
    for key: String,
    until end: UnixNanoseconds,
    clock: any CollectorClock,
    look: () async throws -> Value?
  ) async throws -> Value? {
    while true {
      let (number, box) = place(key)
      defer { leave(key, number) }
      if let found = try await look() { return found }
      guard clock.now() < end else { return nil }
      await withTaskGroup { group in
        group.addTask { _ = await box.next() }
        group.addTask { try? await clock.sleep(until: end) }
        await group.next()
        group.cancelAll()
      }
      try Task.checkCancellation()
    }
  }

  private func place(_ key: String) -> (Int, Mailbox<Int, Int>) {
    let number = nextNumber.withLock { number in
      number += 1
      return number
    }
    let box = Mailbox<Int, Int>()
    places.withLock { $0[key, default: [:]][number] = box }
    return (number, box)
  }

  private func leave(_ key: String, _ number: Int) {
    places.withLock { places in
      places[key]?[number] = nil
      if places[key]?.isEmpty == true { places[key] = nil }
    }
  }
}

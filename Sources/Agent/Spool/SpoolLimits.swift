/// What the spool may hold.
package struct SpoolLimits: Sendable, Hashable {
  package var byteLimit: UInt64
  package var ageLimitNanoseconds: UInt64

  package init(
    byteLimit: UInt64 = 4 << 30,
    ageLimitNanoseconds: UInt64 = 72 * 3_600 * 1_000_000_000
  ) {
    self.byteLimit = byteLimit
    self.ageLimitNanoseconds = ageLimitNanoseconds
  }
}

/// What was given up, by reason, until it was told.
package struct DropLedger: Sendable, Hashable {
  package enum Reason: String, Sendable, Hashable, CaseIterable {
    /// Readings given up for room, or not taken for lack of it.
    case spoolFullReadings
    case spoolFullProfile
    case spoolFullSnapshot
    /// The same, older than the age limit.
    case spoolAgeReadings
    case spoolAgeProfile
    case spoolAgeSnapshot
    /// Changed on disk by someone or something else.
    case spoolDamaged
    /// An upload that the collector will never take.
    case collectorRefused
    /// The disk failed when it was written.
    case spoolFailed
    /// A process, or a heap inside one, that is not watched because too many others are.
    case tooManyTargets
  }

  package struct Entry: Sendable, Hashable {
    package var reason: Reason
    package var count: UInt64
    package var bytes: UInt64
  }

  private var entries: [Reason: Entry] = [:]

  package init() {}

  package var isEmpty: Bool { entries.isEmpty }

  mutating func count(_ reason: Reason, _ count: UInt64 = 1, bytes: UInt64) {
    guard count > 0 else { return }
    entries[reason, default: Entry(reason: reason, count: 0, bytes: 0)].count += count
    entries[reason]?.bytes += bytes
  }

  /// What there is to tell, sorted by reason; the ledger starts anew.
  mutating func take() -> [Entry] {
    defer { entries = [:] }
    return entries.values.sorted { $0.reason.rawValue < $1.reason.rawValue }
  }

  /// Puts back what could not be told.
  mutating func restore(_ entries: [Entry]) {
    for entry in entries { count(entry.reason, entry.count, bytes: entry.bytes) }
  }
}

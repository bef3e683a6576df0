package import HeapModel

/// When snapshots of this host's processes were begun within the last day: what a rule's budget
/// is counted by.
///
/// It is written beside the spool, since a budget that an agent forgets when it is started again
/// would be none. A line is a time and a target; a host takes one snapshot at a time, so a day is
/// some thousands of lines at the most.
package struct CaptureLedger: Sendable, Hashable {
  private struct Entry: Sendable, Hashable {
    var time: UnixNanoseconds
    var target: TargetID
  }

  private var entries: [Entry] = []

  package init() {}

  /// Reads what `text` wrote; lines that are something else are passed over.
  package init(text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let time = UnixNanoseconds(words[0]),
        let target = TargetID(String(words[1]))
      else { continue }
      entries.append(Entry(time: time, target: target))
    }
  }

  package var text: String {
    entries.map { "\($0.time) \($0.target)\n" }.joined()
  }

  package mutating func began(_ target: TargetID, at time: UnixNanoseconds) {
    entries.removeAll { !Self.isRecent($0.time, time) }
    entries.append(Entry(time: time, target: target))
  }

  /// Of one target, oldest first.
  package func times(of target: TargetID, now: UnixNanoseconds) -> [UnixNanoseconds] {
    entries.filter { $0.target == target && Self.isRecent($0.time, now) }.map(\.time).sorted()
  }

  /// A time of the future is one from before the clock was set back, and counts.
  private static func isRecent(_ time: UnixNanoseconds, _ now: UnixNanoseconds) -> Bool {
    time.saturatingAdded(to: RuleBudget.day) > now
  }
}

/// The ledger in its file, on a thread of its own, since it waits for the disk.
actor KeptCaptureLedger {
  private let thread = DiskThread()
  private let file: KeptFile
  private var ledger: CaptureLedger

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    thread.asUnownedSerialExecutor()
  }

  /// - Parameter folder: the spool's.
  init(folder: String) {
    file = KeptFile(folder: folder, name: "captures")
    ledger = CaptureLedger(text: file.text)
  }

  func times(of target: TargetID, now: UnixNanoseconds) -> [UnixNanoseconds] {
    ledger.times(of: target, now: now)
  }

  /// - Returns: false where it could not be written, and counts in memory only.
  func began(_ target: TargetID, at time: UnixNanoseconds) -> Bool {
    ledger.began(target, at: time)
    return file.replace(with: ledger.text)
  }
}

package import Configuration
package import HeapModel
internal import InspectorProtocols

/// When what the rules schedule is due; told the time, it answers what to do.
///
/// - Each target has a place of its own in the period, which is made from its id: so a fleet does
///   not capture at once, and a target keeps its times over restarts of the agent.
/// - A target is first due at its next time, never because an agent has just started.
/// - One act at a time on a target, one snapshot at a time of all.
/// - What was missed while a target was away or the host was busy is done once, when it can be;
///   every other refusal waits for the next time.
package struct CaptureTimetable: Sendable {
  package enum Act: Hashable, Sendable {
    case snapshot
    case sample(Duration, intervalBytes: UInt64)
  }

  package struct Target: Hashable, Sendable {
    package var id: TargetID
    package var schedule: CaptureSchedule
    /// Whether something can be asked of it now.
    package var isReady: Bool

    package init(id: TargetID, schedule: CaptureSchedule, isReady: Bool) {
      self.id = id
      self.schedule = schedule
      self.isReady = isReady
    }
  }

  package struct Due: Hashable, Sendable {
    package var target: TargetID
    package var act: Act

    package init(target: TargetID, act: Act) {
      self.target = target
      self.act = act
    }
  }

  /// What is to be made of a refusal.
  package struct Refusal: Hashable, Sendable {
    /// How often it was refused since it last succeeded, this time included.
    package var count: Int
    /// It is news: the first one, or for another reason than the one before.
    package var isNews: Bool
  }

  /// One kind of act on one target.
  private struct Row {
    /// The period whose act is done with.
    var slot: UInt64
    var notBefore: UnixNanoseconds = 0
    var refusals = 0
    var lastCode: RefusalCode?
  }

  /// How long after a refusal by a busy host the next attempt is.
  package static let timeBetweenAttempts: UInt64 = 60_000_000_000

  private var snapshots: [TargetID: Row] = [:]
  private var samples: [TargetID: Row] = [:]
  private var busy: Set<TargetID> = []
  private var isSnapshotTaken = false

  package init() {}

  /// What is to be begun now; each is to be told of with `ended`.
  ///
  /// - Parameter targets: all that have a schedule; those that are missing are forgotten.
  package mutating func due(_ targets: [Target], now: UnixNanoseconds) -> [Due] {
    let present = Set(targets.map(\.id))
    snapshots = snapshots.filter { present.contains($0.key) }
    samples = samples.filter { present.contains($0.key) }
    var due: [Due] = []
    for target in targets {
      let isFree = target.isReady && !busy.contains(target.id)
      let schedule = target.schedule
      if let every = schedule.snapshotEvery,
        Self.take(target.id, every, &snapshots, now, isFree: isFree && !isSnapshotTaken)
      {
        isSnapshotTaken = true
        busy.insert(target.id)
        due.append(Due(target: target.id, act: .snapshot))
      } else if let every = schedule.sampleEvery,
        Self.take(target.id, every, &samples, now, isFree: isFree)
      {
        busy.insert(target.id)
        let interval =
          schedule.sampleInterval.map(UInt64.init) ?? SamplingDefaults.scheduledIntervalBytes
        let act = Act.sample(schedule.sampleFor, intervalBytes: interval)
        due.append(Due(target: target.id, act: act))
      }
    }
    return due
  }

  /// What was begun has ended.
  ///
  /// - Parameter refusal: why it came to nothing; nil where it did not.
  /// - Returns: nil where it came to something, or will be tried again soon.
  package mutating func ended(
    _ due: Due,
    refusal: RefusalCode?,
    now: UnixNanoseconds
  ) -> Refusal? {
    busy.remove(due.target)
    switch due.act {
    case .snapshot:
      isSnapshotTaken = false
      return Self.note(refusal, in: &snapshots[due.target], now)
    case .sample:
      return Self.note(refusal, in: &samples[due.target], now)
    }
  }

  private static func take(
    _ id: TargetID,
    _ every: Duration,
    _ rows: inout [TargetID: Row],
    _ now: UnixNanoseconds,
    isFree: Bool
  ) -> Bool {
    let period = max(every.nanoseconds, 1)
    let place = UInt64(id.description.suffix(16), radix: 16) ?? 0
    let slot = now.saturatingAdded(to: place % period) / period
    guard var row = rows[id] else {
      rows[id] = Row(slot: slot)
      return false
    }
    guard isFree, slot > row.slot, now >= row.notBefore else { return false }
    row.slot = slot
    rows[id] = row
    return true
  }

  private static func note(
    _ refusal: RefusalCode?,
    in row: inout Row?,
    _ now: UnixNanoseconds
  ) -> Refusal? {
    guard var current = row else { return nil }
    defer { row = current }
    guard let refusal else {
      (current.refusals, current.lastCode) = (0, nil)
      return nil
    }
    guard refusal != .busy else {
      current.slot = current.slot > 0 ? current.slot - 1 : 0
      current.notBefore = now.saturatingAdded(to: Self.timeBetweenAttempts)
      return nil
    }
    let isNews = refusal != current.lastCode
    current.refusals += 1
    current.lastCode = refusal
    return Refusal(count: current.refusals, isNews: isNews)
  }
}

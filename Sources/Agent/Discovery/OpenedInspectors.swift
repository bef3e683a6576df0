package import HeapModel

/// The programs that were sent SIGUSR1, and what came of it: so that every inspector that we opened
/// is closed again, and no program is signalled twice.
///
/// It is told of each process in each scan, and answers what to do. It is written down beside the
/// spool before a signal is sent, so a worker that was killed leaves to the next what it opened.
/// A line of its text is a target and its stage; targets that are gone leave it.
package struct OpenedInspectors: Sendable {
  package enum Stage: String, Sendable {
    /// Signalled; its inspector is not there yet.
    case signalled
    /// Its inspector is open, and to be closed when we leave.
    case open
    /// Nothing opened: it takes the signal for itself.
    case deaf
    /// Somebody else closed what we had opened.
    case closed
  }

  package enum Move: Sendable, Hashable {
    /// Nothing to do.
    case rest
    /// Write this down; then send the signal.
    case signal
    /// It was signalled a moment ago: look again soon.
    case lookAgain
    /// It is not opened; the sentence says why.
    case leave(String)
  }

  /// How long after the signal an inspector may come; idle or busy it takes a tenth of a second.
  package static let patience = Duration.seconds(3)

  /// How long a reason against it is taken to hold.
  package static let timeBetweenQuestions = Duration.seconds(15)

  private var stages: [TargetID: Stage] = [:]
  /// Until when those that were signalled may come, on the caller's clock, and where.
  private var awaited: [TargetID: (until: Duration, namespace: String)] = [:]
  /// Why not, and until when that is not asked again: the kernel's lists take milliseconds to write.
  private var denied: [TargetID: (reason: String, until: Duration)] = [:]
  /// Whether `text` has changed since it was last asked whether it had.
  private var isChanged = false

  package init() {}

  package func stage(of target: TargetID) -> Stage? { stages[target] }

  /// Whether a signal has not shown its effect yet.
  package var isWaiting: Bool { stages.values.contains(.signalled) }

  /// Those whose inspectors we have opened, or will have in a moment.
  package var opened: Set<TargetID> {
    Set(stages.filter { $0.value == .open || $0.value == .signalled }.keys)
  }

  /// A process that a rule lets us open was seen.
  ///
  /// - Parameters:
  ///   - isListening: whether it has an inspector
  ///   - now: of a clock that only goes forward
  ///   - possibility: asked only where nothing was done yet
  package mutating func saw(
    _ target: TargetID,
    isListening: Bool,
    namespace: String,
    now: Duration,
    _ possibility: () -> SignalOpening
  ) -> Move {
    switch (stages[target], isListening) {
    case (.signalled, true):
      set(target, .open)
      return .rest
    case (.signalled, false):
      // A worker that was killed does not tell its successor when it signalled.
      let until = awaited[target]?.until ?? now + Self.patience
      awaited[target] = (until, namespace)
      guard now >= until else { return .lookAgain }
      set(target, .deaf)
      return .leave(Self.reason(.deaf))
    case (.open, false):
      set(target, .closed)
      return .leave(Self.reason(.closed))
    case (.deaf, false): return .leave(Self.reason(.deaf))
    case (.closed, false): return .leave(Self.reason(.closed))
    case (_, true): return .rest
    case (nil, false): break
    }
    if let denial = denied[target], now < denial.until { return .leave(denial.reason) }
    switch possibility() {
    case .impossible(let reason):
      denied[target] = (reason, now + Self.timeBetweenQuestions)
      return .leave(reason)
    case .possible:
      // One at a time: two would want the same port.
      guard !awaited.values.contains(where: { $0.namespace == namespace }) else {
        return .leave("another program is opening its inspector")
      }
      set(target, .signalled)
      awaited[target] = (now + Self.patience, namespace)
      return .signal
    }
  }

  /// The signal could not be sent, or it was not written down that it was to be.
  package mutating func failedToSignal(_ target: TargetID, since reason: String, now: Duration) {
    closed(target)
    denied[target] = (reason, now + Self.timeBetweenQuestions)
  }

  /// Its inspector is closed again, by us.
  package mutating func closed(_ target: TargetID) {
    stages[target] = nil
    awaited[target] = nil
    isChanged = true
  }

  /// Only these are still there.
  package mutating func keep(_ present: Set<TargetID>) {
    for target in stages.keys where !present.contains(target) { closed(target) }
    denied = denied.filter { present.contains($0.key) }
  }

  private mutating func set(_ target: TargetID, _ stage: Stage) {
    stages[target] = stage
    if stage != .signalled { awaited[target] = nil }
    isChanged = true
  }

  private static func reason(_ stage: Stage) -> String {
    switch stage {
    case .signalled, .open: "its inspector is being opened"
    case .deaf: "it was sent SIGUSR1 and opened none, so it takes that signal for itself"
    case .closed: "somebody closed the inspector that was opened by SIGUSR1"
    }
  }
}

// MARK: Written down

extension OpenedInspectors {
  /// Reads what `text` wrote; lines that are something else are passed over.
  package init(text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count == 2, let target = TargetID(String(words[0])),
        let stage = Stage(rawValue: String(words[1]))
      else { continue }
      stages[target] = stage
    }
  }

  package var text: String {
    stages.map { "\($0.key) \($0.value.rawValue)\n" }.sorted().joined()
  }

  /// What to write down, if anything has changed since the last call.
  package mutating func takeChange() -> String? {
    defer { isChanged = false }
    return isChanged ? text : nil
  }
}

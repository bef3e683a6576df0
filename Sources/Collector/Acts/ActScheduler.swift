package import HeapModel
package import Store

/// Decides when a command goes to its agent, and when an act has come to an end.
///
/// No socket, clock or store inside: it is told what happened and what time it is, and answers
/// what to do, in the order in which it is to be done.
///
/// - never two captures at a time on one host (by boot id) or within one service
/// - a step of a series waits for the step before it, and begins at its time
/// - what an agent's schedule asks for waits like all others, and for a series on its target as well,
///   whose ids it would clear; of each agent one such act waits at most
/// - a command that an agent does not know after a reconnect is sent again until its deadline,
///   unless something of its capture has come already
/// - every act ends: each has a time at which it is given up, which signs of life move on
package struct ActScheduler: Sendable {
  /// Where an act takes place, as far as leases go.
  package struct Place: Hashable, Sendable {
    package var agentID: String
    package var bootID: String
    package var service: String

    package init(agentID: String, bootID: String, service: String) {
      self.agentID = agentID
      self.bootID = bootID
      self.service = service
    }
  }

  package enum Answer: Hashable, Sendable {
    /// Write the act down as it is now, and tell those who wait for it.
    case save(ActRecord)
    /// Send the act's command to its agent; after it is written down.
    case send(ActRecord)
    /// The capture came to nothing or to a part: say so of its upload, unless it has ended.
    case endUpload(id: String, of: ActRecord, state: CaptureState, reason: String)
    /// All acts of the request have ended.
    case closeRequest(id: String)
  }

  /// The times by which it goes.
  package struct Limits: Sendable {
    /// An agent may begin with a command so long after it was sent.
    package var startWithin = 2 * minute
    /// Without a sign of life for so long, a running act is given up.
    package var silence = 10 * minute
    /// An act waits for its turn at most so long.
    package var wait = 4 * hour
    /// An act waits for an agent that is away at most so long.
    package var absence = 2 * minute
    /// Ids are held in a target at most so long.
    package var hold = 10 * minute

    package init() {}
  }

  let limits: Limits
  let makeID: @Sendable () -> String
  /// The acts that have not ended, by id.
  var acts: [String: ActRecord] = [:]
  /// Their ids in the order in which they were asked for: who waits longest goes first.
  var order: [String] = []
  var places: [TargetID: Place] = [:]
  /// How many acts of each request have not ended.
  var openCounts: [String: Int] = [:]
  /// The agents that have a stream, and since when the others have none.
  var connected: Set<String> = []
  var leftAt: [String: UnixNanoseconds] = [:]
  /// The series whose last snapshot left ids held in the target, for a next one to come.
  var held: [SeriesOfTarget: Hold] = [:]
  /// How the uploads of open acts have ended.
  var endedUploads: [String: CaptureState] = [:]
  var begunUploads: Set<String> = []

  struct SeriesOfTarget: Hashable, Sendable {
    var targetID: TargetID
    var series: String
  }

  struct Hold: Hashable, Sendable {
    var agentID: String
    var until: UnixNanoseconds
  }

  package init(limits: Limits = Limits(), makeID: @escaping @Sendable () -> String) {
    self.limits = limits
    self.makeID = makeID
  }

  package var isEmpty: Bool { acts.isEmpty }

  /// The act by this id, while it has not ended.
  package func act(_ id: String) -> ActRecord? { acts[id] }

  /// When `tick` has something to do next, if nothing else happens; after `now`, when it had.
  package func nextWake(after now: UnixNanoseconds) -> UnixNanoseconds? {
    var times = held.values.map(\.until)
    for act in acts.values {
      times.append(act.giveUpAt)
      guard act.state == .waiting else { continue }
      times.append(act.notBefore)
      if let left = leftAt[act.agentID] { times.append(left + limits.absence) }
    }
    return times.filter { $0 > now }.min()
  }

  // MARK: - Asking

  /// Takes the acts of a request that was just written down.
  package mutating func submit(
    _ new: [(ActRecord, Place)],
    now: UnixNanoseconds
  ) -> [Answer] {
    for (act, place) in new { add(act, at: place, now: now) }
    return startDue(now: now)
  }

  /// Takes what an agent's schedule asks for, in place of what it asked for earlier and still waits.
  package mutating func submitScheduled(
    _ act: ActRecord,
    at place: Place,
    now: UnixNanoseconds
  ) -> [Answer] {
    var answers: [Answer] = []
    for id in order {
      guard let earlier = acts[id], earlier.agentID == act.agentID, earlier.isScheduled,
        earlier.state == .waiting
      else { continue }
      let reason = "the agent's schedule has asked for another one since"
      answers += end(earlier, .failed("expired", reason), now: now)
    }
    return answers + submit([(act, place)], now: now)
  }

  /// Takes the acts that were open when the collector last ended: what was sent stays in doubt
  /// until its agent says hello.
  package mutating func restore(
    _ open: [(ActRecord, Place)],
    endedUploads: [String: CaptureState],
    begunUploads: Set<String>,
    now: UnixNanoseconds
  ) {
    self.endedUploads.merge(endedUploads) { $1 }
    self.begunUploads.formUnion(begunUploads)
    for (act, place) in open {
      var act = act
      // Time in which nobody could hear a sign of life does not count.
      act.giveUpAt = max(act.giveUpAt, now + limits.absence)
      add(act, at: place, now: now)
    }
  }

  private mutating func add(_ act: ActRecord, at place: Place, now: UnixNanoseconds) {
    acts[act.id] = act
    order.append(act.id)
    places[act.targetID] = place
    openCounts[act.requestID, default: 0] += 1
    if connected.contains(act.agentID) == false, leftAt[act.agentID] == nil {
      leftAt[act.agentID] = now
    }
    guard act.kind == .snapshot, act.series.isEmpty == false else { return }
    // The next step has been asked for: the ids are held on for it.
    held[SeriesOfTarget(targetID: act.targetID, series: act.series)] = nil
  }

  // MARK: - Time

  /// Gives up what has waited too long, begins what is due, ends series that nobody goes on with.
  package mutating func tick(now: UnixNanoseconds) -> [Answer] {
    var answers: [Answer] = []
    for id in order {
      guard let act = acts[id] else { continue }
      answers += giveUpIfDue(act, now: now)
    }
    for (series, hold) in held where hold.until <= now {
      answers += endSeries(series, agentID: hold.agentID, now: now)
    }
    return answers + startDue(now: now)
  }

  private mutating func giveUpIfDue(_ act: ActRecord, now: UnixNanoseconds) -> [Answer] {
    if act.state == .waiting, let left = leftAt[act.agentID], left + limits.absence <= now {
      return end(act, .failed("agentAway", "the agent of this target is away"), now: now)
    }
    guard act.giveUpAt <= now else { return [] }
    if act.state == .waiting {
      return end(act, .failed("expired", "its turn did not come in time"), now: now)
    }
    guard act.isCaptured else {
      return end(act, .failed("expired", "nothing was heard of it any more"), now: now)
    }
    let reason = "it was taken, but its upload has not come; it still may"
    return end(act, .failed("uploadLate", reason), now: now)
  }

  // MARK: - Beginning

  /// Sends what may begin: the longest waiting first, as leases allow.
  mutating func startDue(now: UnixNanoseconds) -> [Answer] {
    var answers: [Answer] = []
    var leases = Leases(acts.values, places)
    for id in order {
      guard let act = acts[id], act.state == .waiting, act.notBefore <= now,
        connected.contains(act.agentID), leases.allow(act, at: places[act.targetID]),
        act.isScheduled == false || isInSeries(act.targetID) == false
      else { continue }
      answers += start(act, now: now)
      leases.take(act, at: places[act.targetID])
    }
    return answers
  }

  /// Whether ids are held in a target for a step to come, or a step is.
  private func isInSeries(_ target: TargetID) -> Bool {
    held.keys.contains { $0.targetID == target }
      || acts.values.contains {
        $0.targetID == target && $0.kind == .snapshot && $0.series.isEmpty == false
      }
  }

  private mutating func start(_ act: ActRecord, now: UnixNanoseconds) -> [Answer] {
    var act = act
    act.state = .running
    act.deadline = now + limits.startWithin
    act.giveUpAt = act.deadline
    acts[act.id] = act
    var answers: [Answer] = [.save(act), .send(act)]
    guard act.kind == .snapshot else { return answers }
    if let next = nextStep(after: act) {
      var delayed = next
      delayed.notBefore = Self.moment(next.stepDelayMilliseconds, after: now)
      acts[next.id] = delayed
      answers.append(.save(delayed))
    } else if act.holdsIDs {
      held[SeriesOfTarget(targetID: act.targetID, series: act.series)] = Hold(
        agentID: act.agentID,
        until: now + limits.hold
      )
    }
    return answers
  }

  /// A client may ask for any delay; one that no clock reaches ends with the act's time.
  private static func moment(
    _ milliseconds: UInt64,
    after now: UnixNanoseconds
  ) -> UnixNanoseconds {
    let (delay, isHuge) = milliseconds.multipliedReportingOverflow(by: millisecond)
    let (moment, isBeyond) = now.addingReportingOverflow(delay)
    return isHuge || isBeyond ? .max : moment
  }

  func nextStep(after act: ActRecord) -> ActRecord? {
    acts.values
      .filter {
        $0.kind == .snapshot && $0.targetID == act.targetID && $0.requestID == act.requestID
          && $0.step > act.step
      }
      .min { $0.step < $1.step }
  }
}

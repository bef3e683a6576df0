package import HeapModel
package import Store

/// What an agent told of a command.
package struct ActUpdate: Hashable, Sendable {
  package enum State: Hashable, Sendable {
    case running
    case done
    case refused
    case failed
  }

  package var actID: String
  package var state: State
  package var reason: String
  package var reasonCode: String
  package var progress: ActRecord.Progress

  package init(
    actID: String,
    state: State,
    reason: String = "",
    reasonCode: String = "",
    progress: ActRecord.Progress = ActRecord.Progress()
  ) {
    self.actID = actID
    self.state = state
    self.reason = reason
    self.reasonCode = reasonCode
    self.progress = progress
  }
}

extension ActRecord.Progress {
  /// What was expected is told once, and not again at the end.
  fileprivate func keepingEstimate(of earlier: Self) -> Self {
    var progress = self
    guard estimatedPauseMilliseconds == 0, estimatedGrowthBytes == 0 else { return progress }
    progress.estimatedPauseMilliseconds = earlier.estimatedPauseMilliseconds
    progress.estimatedGrowthBytes = earlier.estimatedGrowthBytes
    return progress
  }
}

extension ActScheduler {
  // MARK: - Agents

  /// An agent said hello, with the commands it knows.
  package mutating func agentConnected(
    _ agentID: String,
    knows commands: Set<String>,
    now: UnixNanoseconds
  ) -> [Answer] {
    connected.insert(agentID)
    leftAt[agentID] = nil
    var answers: [Answer] = []
    for id in order {
      guard let act = acts[id], act.agentID == agentID, act.state == .running else { continue }
      answers += commands.contains(id) ? [] : forgotten(act, now: now)
    }
    return answers + startDue(now: now)
  }

  /// An agent does not know a command that it was sent, perhaps.
  private mutating func forgotten(_ act: ActRecord, now: UnixNanoseconds) -> [Answer] {
    if let state = endedUploads[act.uploadID] {
      return uploadSettled(act, state, reason: "", now: now)
    }
    if begunUploads.contains(act.uploadID) || act.isCaptured {
      // A second capture would stop the target once more; what is spooled may still come.
      return []
    }
    guard now < act.deadline else {
      let reason = "the agent was away until after the deadline"
      return end(act, .failed("expired", reason), now: now)
    }
    return [.send(act)]
  }

  package mutating func agentDisconnected(_ agentID: String, now: UnixNanoseconds) {
    guard connected.remove(agentID) != nil else { return }
    leftAt[agentID] = now
  }

  /// What an agent has now: what waits for another target of it has no point any more.
  package mutating func inventory(
    of agentID: String,
    present: Set<TargetID>,
    now: UnixNanoseconds
  ) -> [Answer] {
    var answers: [Answer] = []
    for id in order {
      guard let act = acts[id], act.agentID == agentID, act.state == .waiting,
        present.contains(act.targetID) == false
      else { continue }
      answers += end(act, .failed("gone", "the process has ended"), now: now)
    }
    for (series, hold) in held
    where hold.agentID == agentID && present.contains(series.targetID) == false {
      held[series] = nil
    }
    return answers
  }

  // MARK: - Course

  /// An agent told how a command goes.
  ///
  /// One of an act that has ended changes nothing.
  package mutating func received(_ update: ActUpdate, now: UnixNanoseconds) -> [Answer] {
    guard var act = acts[update.actID], act.state == .running else { return [] }
    act.progress = update.progress.keepingEstimate(of: act.progress)
    act.giveUpAt = now + limits.silence
    switch update.state {
    case .running:
      acts[act.id] = act
      return [.save(act)]
    case .done where act.uploadID.isEmpty:
      return end(act, .done, now: now)
    case .done:
      act.isCaptured = true
      acts[act.id] = act
      if let state = endedUploads[act.uploadID] {
        return uploadSettled(act, state, reason: "", now: now)
      }
      return [.save(act)] + startDue(now: now)
    case .refused:
      return end(act, .refused(update.reasonCode, update.reason), now: now)
    case .failed:
      return end(act, .cutShort(update.reasonCode, update.reason), now: now)
    }
  }

  /// Something of an upload came: a sign of life of its act.
  package mutating func uploadAdvanced(_ uploadID: String, now: UnixNanoseconds) {
    guard let act = acts.values.first(where: { $0.uploadID == uploadID }) else { return }
    begunUploads.insert(uploadID)
    acts[act.id]?.giveUpAt = max(act.giveUpAt, now + limits.silence)
  }

  /// An upload was committed, whole or not.
  package mutating func uploadEnded(
    _ uploadID: String,
    as state: CaptureState,
    reason: String,
    now: UnixNanoseconds
  ) -> [Answer] {
    guard let act = acts.values.first(where: { $0.uploadID == uploadID }) else { return [] }
    endedUploads[uploadID] = state
    return uploadSettled(act, state, reason: reason, now: now)
  }

  private mutating func uploadSettled(
    _ act: ActRecord,
    _ state: CaptureState,
    reason: String,
    now: UnixNanoseconds
  ) -> [Answer] {
    guard state == .complete else { return end(act, Self.ending(ofPart: reason), now: now) }
    return end(act, .done, now: now)
  }

  // MARK: - Ending

  /// The ending of an act whose upload ended as a part.
  ///
  /// Why, the agent says twice: with the end of the upload in a word for programs, and with the end
  /// of the act in a sentence too, which may come later.
  private static func ending(ofPart reason: String) -> Ending {
    let isWord = reason.isEmpty == false && reason.contains(" ") == false
    return isWord
      ? .failed(reason, "it was cut short")
      : .failed("incomplete", reason.isEmpty ? "it was cut short" : reason)
  }

  /// How an act ends, with a word for programs and a sentence for people.
  enum Ending {
    case done
    /// The agent did not begin.
    case refused(String, String)
    /// The agent began and knows that it came to nothing, or to a part.
    case cutShort(String, String)
    /// We give up. What the agent has spooled may still come, and is welcome then.
    case failed(String, String)
  }

  mutating func end(_ act: ActRecord, _ ending: Ending, now: UnixNanoseconds) -> [Answer] {
    var act = act
    var answers: [Answer] = []
    switch ending {
    case .done:
      act.state = .done
    case .refused(let code, let reason):
      (act.state, act.reasonCode, act.reason) = (.refused, code, reason)
      answers += endUpload(of: act, as: .refused)
    case .cutShort(let code, let reason):
      (act.state, act.reasonCode, act.reason) = (.failed, code, reason)
      answers += endUpload(of: act, as: .incomplete)
    case .failed(let code, let reason):
      (act.state, act.reasonCode, act.reason) = (.failed, code, reason)
    }
    remove(act)
    answers.insert(.save(act), at: 0)
    if act.state != .done, act.kind == .snapshot { answers += breakSeries(of: act, now: now) }
    answers += countDown(act.requestID)
    return answers + startDue(now: now)
  }

  private func endUpload(of act: ActRecord, as state: CaptureState) -> [Answer] {
    guard act.uploadID.isEmpty == false else { return [] }
    return [.endUpload(id: act.uploadID, of: act, state: state, reason: act.reason)]
  }

  private mutating func remove(_ act: ActRecord) {
    acts[act.id] = nil
    order.removeAll { $0 == act.id }
    endedUploads[act.uploadID] = nil
    begunUploads.remove(act.uploadID)
    if acts.values.contains(where: { $0.targetID == act.targetID }) == false {
      places[act.targetID] = nil
    }
  }

  /// The steps that were to follow are pointless, and ids that are held for them are to go.
  private mutating func breakSeries(of act: ActRecord, now: UnixNanoseconds) -> [Answer] {
    guard act.series.isEmpty == false else { return [] }
    var answers: [Answer] = []
    if let next = nextStep(after: act) {
      let reason = "step \(act.step) of the series came to nothing: \(act.reason)"
      answers += end(next, .failed("seriesBroken", reason), now: now)
    } else if act.step > 0, act.reasonCode != "gone" {
      let series = SeriesOfTarget(targetID: act.targetID, series: act.series)
      answers += endSeries(series, agentID: act.agentID, now: now)
    }
    return answers
  }

  /// Nobody follows a request any more: a recording slows its target down, and is for whoever waits.
  package mutating func abandonRecordings(
    of requestID: String,
    now: UnixNanoseconds
  ) -> [Answer] {
    var answers: [Answer] = []
    for id in order {
      guard let act = acts[id], act.requestID == requestID, act.isRecording else { continue }
      if act.state == .waiting {
        answers += end(act, .failed("abandoned", "nobody waits for it any more"), now: now)
      } else if act.isCaptured == false {
        let held = SeriesOfTarget(targetID: act.targetID, series: act.series)
        answers += endSeries(held, agentID: act.agentID, now: now)
      }
    }
    return answers
  }

  mutating func endSeries(
    _ series: SeriesOfTarget,
    agentID: String,
    now: UnixNanoseconds
  ) -> [Answer] {
    held[series] = nil
    let act = ActRecord(
      id: makeID(),
      requestID: "",
      kind: .endSeries,
      targetID: series.targetID,
      agentID: agentID,
      series: series.series,
      notBefore: now,
      giveUpAt: now + limits.absence
    )
    acts[act.id] = act
    order.append(act.id)
    openCounts[act.requestID, default: 0] += 1
    return [.save(act)] + startDue(now: now)
  }

  private mutating func countDown(_ requestID: String) -> [Answer] {
    let left = (openCounts[requestID] ?? 1) - 1
    openCounts[requestID] = left > 0 ? left : nil
    return left > 0 || requestID.isEmpty ? [] : [.closeRequest(id: requestID)]
  }
}

package import FleetProtocol
package import HeapModel
package import Store

/// What a request for snapshots means: which acts, on which targets, with which steps.
package struct CapturePlan: Sendable {
  /// What must be known of a target beside its record.
  package struct Subject: Sendable {
    package var target: TargetRecord
    /// The first step that the series has not yet on this target.
    package var nextStep: UInt32

    package init(target: TargetRecord, nextStep: UInt32) {
      self.target = target
      self.nextStep = nextStep
    }
  }

  package static let maximumSteps: UInt32 = 64
  private static let marks = ["baseline", "action", "repeat"]

  private let series: String
  private let count: UInt32
  private let intervalMilliseconds: UInt64
  private let mark: String
  private let isForced: Bool
  private let recording: AllocationRecording?

  /// - Throws: `.invalid` with a sentence for whoever asked.
  package init(_ request: CaptureRequest) throws(QueryError) {
    let asksForSteps = request.count > 1 || request.mark.isEmpty == false
    guard request.series.isEmpty == false || asksForSteps == false else {
      throw QueryError(.invalid, "several steps, or a mark, need the name of a series")
    }
    guard request.mark.isEmpty || Self.marks.contains(request.mark) else {
      throw QueryError(
        .invalid,
        "'\(request.mark)' is not a mark; marks are \(Self.marks.joined(separator: ", "))"
      )
    }
    guard request.mark.isEmpty || request.count <= 1 else {
      throw QueryError(.invalid, "a mark is one step; leave the count away")
    }
    guard request.count <= Self.maximumSteps else {
      throw QueryError(.invalid, "a series has at most \(Self.maximumSteps) steps")
    }
    if let recording = request.recording {
      guard request.series.isEmpty else {
        throw QueryError(
          .invalid,
          "a timeline cannot be part of a series: its end clears the ids that a series holds"
        )
      }
      if let refusal = LengthLimits.timeline.refusal(of: recording.milliseconds) {
        throw QueryError(.invalid, refusal)
      }
    }
    recording = request.recording
    series = request.series
    count = max(1, request.count)
    intervalMilliseconds = request.intervalMilliseconds
    mark = request.mark
    isForced = request.isForced
  }

  /// Whether ids are kept in the target from one step to the next: they are for ten minutes at
  /// most, so steps that are further apart are compared by class, shape and path.
  private var holdsIDs: Bool {
    if mark.isEmpty == false { return mark != "repeat" }
    let (span, isHuge) = intervalMilliseconds.multipliedReportingOverflow(by: UInt64(count - 1))
    return isHuge == false && span <= 10 * minute / millisecond
  }

  /// What a target must be capable of.
  package var capability: Capabilities { recording == nil ? .snapshot : .allocationTimeline }

  /// As deep as V8 records stacks.
  private static let recordedStackDepth: UInt32 = 64

  /// The acts on one target.
  ///
  /// A target that cannot be captured has one, already refused.
  package func acts(
    on subject: Subject,
    requestID: String,
    now: UnixNanoseconds,
    makeID: () -> String
  ) -> [ActRecord] {
    let target = subject.target
    func act(step: UInt32) -> ActRecord {
      var act = ActRecord(
        id: makeID(),
        requestID: requestID,
        kind: .snapshot,
        targetID: target.description.id,
        agentID: target.agentID,
        series: series,
        // An agent may have named any step before.
        step: series.isEmpty ? 0 : subject.nextStep &+ step,
        uploadID: makeID(),
        isForced: isForced,
        notBefore: now,
        giveUpAt: now + ActScheduler.Limits().wait
      )
      act.durationMilliseconds = recording?.milliseconds ?? 0
      act.stackDepth = recording?.hasStacks == true ? Self.recordedStackDepth : 0
      return act
    }
    if let refusal = target.description.refusal(of: capability) {
      return [act(step: 0).refused(refusal)]
    }
    return (0..<count).map { step in
      var act = act(step: step)
      act.holdsIDs = holdsIDs && (mark.isEmpty == false || step + 1 < count)
      act.stepDelayMilliseconds = step == 0 ? 0 : intervalMilliseconds
      return act
    }
  }
}

extension ActRecord {
  /// The act as it is when it is not even begun.
  func refused(_ refusal: (code: String, reason: String)) -> ActRecord {
    var act = self
    act.state = .refused
    act.reasonCode = refusal.code
    act.reason = refusal.reason
    return act
  }
}

extension TargetDescription {
  /// Whether it is watched without a heap of its own.
  ///
  /// A browser is so, or a page in another's heap; its detail says where the heap is.
  var hasNoHeap: Bool {
    (state == .attached || state == .visiting) && capabilities == [] && stateDetail.isEmpty == false
  }

  /// Why this cannot be asked of the target at all; nil if it can be tried.
  func refusal(of capability: Capabilities) -> (code: String, reason: String)? {
    switch state {
    case .gone, .exiting:
      return ("gone", "the process has ended")
    case .noInspector:
      return ("noInspector", stateDetail.isEmpty ? "it runs without an inspector" : stateDetail)
    case .inUse where capabilities.contains(capability) == false:
      return ("inUse", stateDetail)
    case .attached, .visiting, .busy, .inUse:
      break
    }
    guard capabilities.contains(capability) else {
      if hasNoHeap { return ("notSupported", stateDetail) }
      let name = Capabilities.names.first { $0.0 == capability }?.1 ?? "this"
      return ("notSupported", "\(runtime.rawValue) \(runtimeVersion) cannot do it: \(name)")
    }
    return nil
  }
}

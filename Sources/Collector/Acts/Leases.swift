internal import HeapModel
internal import Store

/// Who may not be captured now, because of what runs.
///
/// A snapshot stops its target for seconds and takes memory of its host: one at a time per host,
/// so that the estimate of free memory holds, and one within a service, so that the others serve.
struct Leases {
  private var hosts: Set<String> = []
  private var services: Set<String> = []
  private var busyTargets: Set<TargetID> = []
  /// The first step that has not ended, of each request on each target.
  private var firstSteps: [Steps: UInt32] = [:]

  private struct Steps: Hashable {
    var requestID: String
    var targetID: TargetID
  }

  init(_ acts: some Sequence<ActRecord>, _ places: [TargetID: ActScheduler.Place]) {
    for act in acts {
      if act.state == .running { take(act, at: places[act.targetID]) }
      guard act.kind == .snapshot else { continue }
      let steps = Steps(requestID: act.requestID, targetID: act.targetID)
      firstSteps[steps] = min(firstSteps[steps] ?? .max, act.step)
    }
  }

  /// Counts an act in that runs.
  mutating func take(_ act: ActRecord, at place: ActScheduler.Place?) {
    guard act.isCaptured == false, [.snapshot, .collection, .census].contains(act.kind) else {
      return
    }
    busyTargets.insert(act.targetID)
    guard act.kind == .snapshot, let place else { return }
    hosts.insert(place.bootID)
    services.insert(place.service)
  }

  func allow(_ act: ActRecord, at place: ActScheduler.Place?) -> Bool {
    switch act.kind {
    case .sampling, .endSeries, .watchingCollections:
      return true
    case .collection, .census:
      return busyTargets.contains(act.targetID) == false
    case .snapshot:
      let steps = Steps(requestID: act.requestID, targetID: act.targetID)
      guard firstSteps[steps] == act.step, busyTargets.contains(act.targetID) == false else {
        return false
      }
      guard let place else { return true }
      return hosts.contains(place.bootID) == false && services.contains(place.service) == false
    }
  }
}

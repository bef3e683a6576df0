import Collector
import HeapModel
import Store
import TestSupport

/// Agents, targets and uploads that do anything at any time, against a scheduler.
///
/// Keeps its own books of which captures run, and notes where leases or ends do not hold.
struct RandomFleet {
  var scheduler: ActScheduler
  private(set) var violations: [String] = []
  private var random: SeededGenerator
  private var now: UnixNanoseconds = 0
  private var places: [String: ActScheduler.Place] = [:]
  private var running: [String: ActRecord] = [:]
  private var ended: Set<String> = []
  private var submitted: Set<String> = []
  private let agents = ["a", "b", "c"].map { String(repeating: $0, count: 32) }

  init(seed: UInt64, scheduler: ActScheduler) {
    random = SeededGenerator(seed: seed)
    self.scheduler = scheduler
  }

  mutating func run() {
    for round in 0..<400 {
      now += UInt64.random(in: 0...20, using: &random) * second
      if round < 300, Int.random(in: 0..<4, using: &random) == 0 { submit(round) }
      event()
    }
    // From here on nobody answers: time alone must bring everything to its end.
    for _ in 0..<400 where scheduler.isEmpty == false {
      now = max(now + second, min(scheduler.nextWake(after: now) ?? now, now + hour))
      take(scheduler.tick(now: now))
    }
    if let lost = submitted.subtracting(ended).sorted().first { violations.append("\(lost) stays") }
  }

  private mutating func submit(_ round: Int) {
    let agent = Int.random(in: 0..<3, using: &random)
    let target = UInt64.random(in: 0..<4, using: &random)
    let steps = Int.random(in: 1...3, using: &random)
    let place = ActScheduler.Place(
      agentID: agents[agent],
      bootID: "host\(agent % 2)",
      service: "service\(target % 3)"
    )
    var acts: [(ActRecord, ActScheduler.Place)] = []
    for step in 0..<steps {
      let id = "\(round)/\(step)"
      var act = ActRecord(
        id: id,
        requestID: "\(round)",
        kind: .snapshot,
        targetID: TargetID(high: UInt64(agent), low: target),
        agentID: agents[agent],
        series: steps > 1 ? "s\(round)" : "",
        step: UInt32(step),
        uploadID: "u" + id,
        holdsIDs: step + 1 < steps,
        notBefore: 0,
        giveUpAt: now + 4 * hour
      )
      act.stepDelayMilliseconds = step == 0 ? 0 : 30_000
      acts.append((act, place))
      places[id] = place
      submitted.insert(id)
    }
    take(scheduler.submit(acts, now: now))
  }

  private mutating func event() {
    let agent = agents.randomElement(using: &random) ?? ""
    let act = running.values.sorted { $0.id < $1.id }.randomElement(using: &random)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: take(scheduler.agentConnected(agent, knows: [], now: now))
    case 1: scheduler.agentDisconnected(agent, now: now)
    case 2:
      let known = Set(running.values.filter { $0.agentID == agent }.map(\.id))
      take(scheduler.agentConnected(agent, knows: known, now: now))
    case 3: take(scheduler.tick(now: now))
    case 4 where act != nil: report(act, .running)
    case 5 where act != nil: report(act, .refused)
    case 6 where act != nil:
      scheduler.uploadAdvanced(act?.uploadID ?? "", now: now)
      report(act, .done)
    case 7 where act != nil:
      let state = Bool.random(using: &random) ? CaptureState.complete : .incomplete
      take(scheduler.uploadEnded(act?.uploadID ?? "", as: state, reason: "", now: now))
    default:
      let number = UInt64(agents.firstIndex(of: agent) ?? 0)
      let lost = UInt64.random(in: 0..<8, using: &random)
      let present = (0..<4).filter { $0 != lost }.map { TargetID(high: number, low: $0) }
      take(scheduler.inventory(of: agent, present: Set(present), now: now))
    }
  }

  private mutating func report(_ act: ActRecord?, _ state: ActUpdate.State) {
    guard let act else { return }
    let update = ActUpdate(actID: act.id, state: state, reason: "r", reasonCode: "c")
    take(scheduler.received(update, now: now))
  }

  private mutating func take(_ answers: [ActScheduler.Answer]) {
    for answer in answers {
      switch answer {
      case .save(let act):
        if ended.contains(act.id) { violations.append("\(act.id) is saved after its end") }
        let runs = act.state == .running && act.isCaptured == false && act.kind == .snapshot
        running[act.id] = runs ? act : nil
        if act.state.isFinal { ended.insert(act.id) }
        checkLeases()
      case .send(let act):
        if act.kind == .snapshot, running[act.id] == nil {
          violations.append("\(act.id) is sent before it is written down")
        }
      case .endUpload, .closeRequest:
        break
      }
    }
  }

  private mutating func checkLeases() {
    let held = running.keys.compactMap { places[$0] }
    if Set(held.map(\.bootID)).count < held.count { violations.append("two on a host at \(now)") }
    if Set(held.map(\.service)).count < held.count {
      violations.append("two of a service at \(now)")
    }
  }
}

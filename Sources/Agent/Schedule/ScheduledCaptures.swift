internal import Cryptography
internal import FleetProtocol
internal import Glibc
internal import HeapModel
internal import InspectorProtocols
internal import Log

/// Carries out what the rules schedule, as commands of the agent's own.
///
/// Admission, budget and limits are those of every command. A snapshot waits for the collector's
/// turn; of a sample, which stops nobody, the collector knows what is uploaded: a command id of ours
/// that it never gave.
actor ScheduledCaptures {
  private let watch: TargetWatch
  private let desk: CommandDesk
  private let log: Logger
  private var timetable = CaptureTimetable()

  init(watch: TargetWatch, desk: CommandDesk, log: Logger) {
    self.watch = watch
    self.desk = desk
    self.log = log
  }

  /// Looks once a second what is due, until its task is cancelled.
  func run() async {
    while !Task.isCancelled {
      let targets = await watch.scheduled
      for due in timetable.due(targets, now: nanoseconds(CLOCK_REALTIME)) {
        Task { await carryOut(due) }
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private func carryOut(_ due: CaptureTimetable.Due) async {
    let uploadID = RandomBytes.make(count: 16).hexadecimal
    let action: Command.Action =
      switch due.act {
      case .snapshot: .takeSnapshot(TakeSnapshot(uploadID: uploadID))
      case .sample(let length, let interval):
        .sample(
          Sample(
            uploadID: uploadID,
            durationMilliseconds: length.nanoseconds / 1_000_000,
            intervalBytes: interval
          )
        )
      }
    let command = Command(
      id: RandomBytes.make(count: 16).hexadecimal,
      targetID: due.target,
      deadline: .max,
      action: action
    )
    let (outcome, isTold) =
      switch due.act {
      case .snapshot: await desk.takeScheduled(command)
      case .sample: (await sample(command), false)
      }
    let (code, reason) = outcome.refusal
    let refusal = timetable.ended(due, refusal: code, now: nanoseconds(CLOCK_REALTIME))
    guard let refusal, let code else { return }
    log.info(
      "a scheduled capture came to nothing",
      [
        "target": due.target.description, "code": code.rawValue, "reason": reason,
        "times": refusal.count,
      ]
    )
    if refusal.isNews, !isTold { await desk.tellOfNothing(command, code) }
  }

  private func sample(_ command: Command) async -> Outcome {
    let runtime = await watch.find(command.targetID)?.description.runtime
    if let reason = runtime?.scheduledSamplingRefusal { return .refused(.notSupported, reason) }
    return await desk.carryOutOwn(command)
  }
}

extension Outcome {
  /// Why it came to nothing; nil where it did not.
  fileprivate var refusal: (code: RefusalCode?, reason: String) {
    switch self {
    case .done: (nil, "")
    case .refused(let code, let reason, _), .failed(let code, let reason): (code, reason)
    }
  }
}

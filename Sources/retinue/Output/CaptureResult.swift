internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// What came of a capture, target by target.
struct CaptureResult {
  private let targets: [Target]
  private let price: TimelinePrice?
  private let isEstimate: Bool

  /// One target with its snapshots, in order.
  private struct Target {
    var steps: [Step]

    var last: Step { steps[steps.count - 1] }
    /// The first step that went wrong speaks for the target, else the last.
    var decisive: Step { steps.first { $0.state != .complete } ?? last }
  }

  private struct Step {
    var event: TargetEvent
    var row: SnapshotRow?

    var state: CaptureState {
      switch event.state {
      case .done: row?.state ?? .complete
      case .refused: .refused
      case .waiting, .running, .failed: .incomplete
      }
    }

    var reason: String { event.reason.isEmpty ? row?.reason ?? "" : event.reason }
  }

  /// - Parameter price: of a recording of allocations, where one was asked for.
  init(
    _ events: [TargetEvent],
    _ rows: [String: SnapshotRow],
    _ price: TimelinePrice? = nil,
    isEstimate: Bool
  ) {
    self.price = price
    self.isEstimate = isEstimate
    var order: [TargetID] = []
    var steps: [TargetID: [Step]] = [:]
    for event in events {
      if steps[event.targetID] == nil { order.append(event.targetID) }
      let row = event.snapshotID.flatMap { rows[$0] }
      steps[event.targetID, default: []].append(Step(event: event, row: row))
    }
    targets = order.map { id in
      Target(steps: (steps[id] ?? []).sorted { $0.event.step < $1.event.step })
    }
  }

  /// Whether every target gave all that was asked of it.
  var isComplete: Bool {
    !targets.isEmpty && targets.allSatisfy { $0.decisive.state == .complete }
  }

  // MARK: - JSON

  func printJSON() {
    JSONOutput.object { json in
      if let price { json.object("timeline") { price.write(to: &$0) } }
      json.array("targets", targets) { json, target in
        json.object { write(target, to: &$0) }
      }
    }
  }

  private func write(_ target: Target, to json: inout JSONWriter) {
    let event = target.last.event
    json.field("targetID", event.targetID.description)
    json.field("service", event.service)
    json.field("version", event.version)
    json.field("instance", event.instance)
    json.optional("snapshotID", target.last.event.snapshotID)
    json.field("state", isEstimate ? "estimated" : target.decisive.state.name)
    json.optional("reason", target.decisive.reason)
    json.optional("reasonCode", target.decisive.event.reasonCode)
    json.optional("estimatedPause", event.estimatedPauseMilliseconds)
    json.optional("estimatedGrowth", event.estimatedGrowthBytes)
    guard !isEstimate else { return }
    json.array("snapshots", target.steps) { json, step in
      json.object { json in
        json.optional("snapshotID", step.event.snapshotID)
        json.field("step", step.event.step)
        json.field("state", step.state.name)
        json.optional("reason", step.reason)
        json.optional("series", step.row?.series)
        json.optional("nodeCount", step.row?.nodeCount ?? 0)
        json.field("storedBytes", step.row?.storedBytes)
        json.field("pause", step.row?.pauseMilliseconds)
        json.optional("redaction", step.row?.redaction.mode)
      }
    }
  }

  // MARK: - Text

  func printText() {
    if isEstimate { printEstimate() } else { printSnapshots() }
    if isEstimate, let price { printLines(price.lines(for: [])) }
    let steps = targets.flatMap(\.steps)
    for step in steps where step.state != .complete && !step.reason.isEmpty {
      let line = "\(step.event.title): \(step.state.name): \(step.reason)"
      Output.error("retinue: \(DisplayText.safe(line))\n")
    }
  }

  private func printEstimate() {
    var table = TextTable([
      .text("SERVICE"), .text("VERSION"), .text("INSTANCE"), .number("PAUSE ABOUT"),
      .number("MEMORY ABOUT"), .init("ADMITTED"),
    ])
    for target in targets {
      let event = target.last.event
      table.append([
        .init(HumanText.label(event.service)), .init(HumanText.label(event.version)),
        .init(HumanText.label(event.instance)),
        .init(
          HumanText.known(event.estimatedPauseMilliseconds) {
            Readable.duration(.milliseconds(Int64(clamping: $0)))
          }
        ),
        .init(HumanText.known(event.estimatedGrowthBytes) { HumanText.bytes($0) }),
        event.state == .done ? .init("yes") : .init("no", .yellow),
      ])
    }
    table.print(orElse: noTarget)
  }

  private func printSnapshots() {
    let rows = targets.flatMap(\.steps).compactMap(\.row)
    SnapshotTable(rows).print(orElse: targets.isEmpty ? noTarget : "No snapshot was taken.")
    if price != nil, let row = rows.first(where: { $0.state == .complete }) {
      let command = "retinue analyze \(ShortID.text(row.id)) --allocations"
      printLines(["'\(command)' says what was recorded."])
    }
    if rows.contains(where: { $0.redaction.mode == "none" }) {
      printLines(["Not redacted: these snapshots hold whatever the heaps hold, secrets too."])
    }
  }
}

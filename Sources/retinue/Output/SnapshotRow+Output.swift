internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

extension SnapshotRow {
  /// Nil where no snapshot was taken.
  var pauseMilliseconds: Double? {
    pauseNanoseconds > 0 ? Double(pauseNanoseconds) / 1e6 : nil
  }

  /// The fields of a row of `retinue snapshot list --json`.
  func write(to json: inout JSONWriter) {
    json.field("snapshotID", id)
    json.field("targetID", targetID.description)
    json.field("service", labels.service)
    json.field("version", labels.version)
    json.field("instance", labels.instance)
    json.field("environment", labels.environment)
    json.field("runtime", runtime.rawValue)
    json.field("engine", runtime.engine.name)
    json.field("format", format)
    json.optional("series", series)
    json.field("step", step)
    json.field("state", state.name)
    json.optional("reason", reason)
    json.field("forced", isForced)
    json.field("inCompany", inCompany)
    json.time("takenAt", takenAt)
    json.field("pause", pauseMilliseconds)
    json.optional("nodeCount", nodeCount)
    json.optional("edgeCount", edgeCount)
    json.optional("textBytes", textBytes)
    json.field("storedBytes", storedBytes)
    json.field("redaction", redaction.mode)
    json.field("redactionPolicyID", redaction.policyID)
    json.field("analysed", isAnalysed)
    json.field("totalSelfSize", isAnalysed ? totalSelfSize : nil)
  }
}

/// Snapshots as a table for people; how each was redacted is always shown.
struct SnapshotTable {
  private var table = TextTable([
    .init("SNAPSHOT"), .text("SERVICE"), .text("VERSION"), .text("INSTANCE"), .text("SERIES"),
    .init("STATE"), .number("OBJECTS"), .number("HEAP"), .number("PAUSE"), .init("REDACTION"),
    .init("TAKEN (UTC)"),
  ])
  private var notes: [String] = []

  init(_ rows: [SnapshotRow]) {
    for row in rows { append(row) }
  }

  private mutating func append(_ row: SnapshotRow) {
    table.append([
      .init(ShortID.text(row.id)), .init(row.labels.service),
      .init(HumanText.label(row.labels.version)), .init(HumanText.label(row.labels.instance)),
      .init(row.series.isEmpty ? HumanText.unknown : "\(row.series) #\(row.step &+ 1)"),
      .init(row.state.name, row.state == .complete ? .plain : .yellow),
      .init(HumanText.known(row.nodeCount) { HumanText.count($0) }),
      .init(row.isAnalysed ? HumanText.bytes(row.totalSelfSize) : HumanText.unknown),
      .init(HumanText.known(row.pauseNanoseconds) { HumanText.milliseconds(nanoseconds: $0) }),
      .init(row.redaction.mode, row.redaction.mode == "none" ? .yellow : .plain),
      .init(HumanText.time(row.takenAt)),
    ])
    if !row.reason.isEmpty {
      notes.append("\(ShortID.text(row.id)) is \(row.state.name): \(row.reason)")
    }
    if row.inCompany {
      notes.append(
        "\(ShortID.text(row.id)) was taken while another client was connected to the inspector: what "
          + "that keeps alive is in it too"
      )
    }
  }

  func print(orElse sentence: String) {
    table.print(orElse: sentence)
    printLines(notes)
  }
}

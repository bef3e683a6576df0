internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// `retinue census`: objects by class without a snapshot, and how they grow.
enum CensusCommand {
  private static let again = Option.optional(
    "again",
    .duration,
    help: "count a second time after so long, and show what grew"
  )
  private static let limit = Option.defaulted(
    "limit",
    short: "n",
    .integer(in: 1...10_000),
    to: 20,
    help: "classes of each target in the table"
  )

  static let command = Command(
    "census",
    summary: "Count objects by class without a snapshot",
    discussion: """
      Firefox can do it, in 0.2 s for 400,000 objects, while the page stands still. Classes are the \
      engine's own: what a program's constructors make is counted as Object. Other runtimes tell \
      their classes in a snapshot alone, and are refused with that sentence.
      """,
    options: ChoiceOptions.all + [again, limit] + ClientOptions.all,
    examples: [
      Command.Example("retinue census -s service=shop --again 60s", "what grew in a minute")
    ]
  ) { arguments in
    let given = try ChoiceOptions.required(arguments)
    let reports = try await CollectorClient.connected(arguments) { client in
      let choice = try await given.choice(client)
      func count() async throws -> [MeasuredTarget] {
        try await client.measure(.census, of: choice, for: .zero, "counting")
      }
      let first = try await count()
      guard let pause = arguments[again] else { return CensusReport.reports(first, again: nil) }
      try await Task.sleep(for: pause)
      return CensusReport.reports(first, again: try await count())
    }
    if arguments[ClientOptions.json] {
      JSONOutput.object { json in
        json.array("targets", reports) { json, report in json.object { report.write(to: &$0) } }
      }
    } else {
      printTable(reports, arguments)
    }
    let events = reports.map(\.event)
    for complaint in events.compactMap(\.complaint) { Output.error("retinue: \(complaint)\n") }
    return events.allSatisfy { $0.state == .done } && !events.isEmpty ? .ok : .failed
  }

  private static func printTable(_ reports: [CensusReport], _ arguments: ParsedArguments) {
    var columns: [TextTable.Column] = [
      .text("SERVICE"), .text("VERSION"), .text("INSTANCE"), .init("GROUP"), .text("CLASS"),
      .number("COUNT"), .number("SIZE"),
    ]
    let grows = arguments[again] != nil
    if grows { columns += [.number("COUNT +"), .number("SIZE +")] }
    var table = TextTable(columns)
    for report in reports {
      for row in report.rows.prefix(arguments[limit]) {
        var cells: [TextTable.Cell] = [
          .init(HumanText.label(report.event.service)),
          .init(HumanText.label(report.event.version)),
          .init(HumanText.label(report.event.instance)), .init(row.now.group.name),
          .init(HumanText.label(row.now.name)), .init(HumanText.count(row.now.count)),
          .init(HumanText.bytes(row.now.bytes)),
        ]
        if grows {
          cells += [
            .init(Readable.change(ofCount: row.countDelta ?? 0)),
            .init(Readable.change(ofBytes: row.sizeDelta ?? 0)),
          ]
        }
        table.append(cells)
      }
    }
    table.print(orElse: reports.isEmpty ? noTarget : "Nothing was counted.")
  }
}

/// The classes of one target, counted once or twice.
struct CensusReport {
  struct Row {
    var now: ClassCensus.Row
    /// Since the first count; nil where there was one.
    var countDelta: Int?
    var sizeDelta: Int?
  }

  /// How the last count went.
  var event: TargetEvent
  var takenAt: UnixNanoseconds
  /// How long it took, in nanoseconds, nearly all of which the target stood still.
  var pause: UInt64
  /// Of two counts when the first was.
  var since: UnixNanoseconds
  /// Most bytes first, or what grew most.
  var rows: [Row]

  /// - Parameter again: a second count of the same targets.
  static func reports(_ first: [MeasuredTarget], again: [MeasuredTarget]?) -> [CensusReport] {
    guard let again else { return first.map { CensusReport($0, since: nil) } }
    let before = Dictionary(first.map { ($0.event.targetID, $0) }) { $1 }
    return again.map { now in
      let earlier = before[now.event.targetID]
      // What came in between was not counted before: that it grew from nothing would be made up.
      guard let earlier, earlier.measurement != nil || now.measurement == nil else {
        var missed = now
        missed.measurement = nil
        missed.event.state = .failed
        let reason = earlier?.event.reason ?? "it was not there"
        missed.event.reason = "its first count failed: \(reason)"
        missed.event.reasonCode = earlier?.event.reasonCode ?? "gone"
        return CensusReport(missed, since: nil)
      }
      return CensusReport(now, since: earlier)
    }
  }

  private init(_ target: MeasuredTarget, since earlier: MeasuredTarget?) {
    event = target.event
    takenAt = target.measurement?.endedAt ?? 0
    pause = takenAt > 0 ? takenAt &- (target.measurement?.startedAt ?? takenAt) : 0
    since = earlier?.measurement?.endedAt ?? 0
    let counted = target.measurement?.census?.rows
    rows = counted.map { Self.rows($0, since: earlier?.measurement?.census?.rows) } ?? []
  }

  private struct Key: Hashable {
    var group: ClassCensus.Group
    var name: String

    init(_ row: ClassCensus.Row) {
      group = row.group
      name = row.name
    }
  }

  private static func rows(
    _ now: [ClassCensus.Row],
    since earlier: [ClassCensus.Row]?
  ) -> [Row] {
    guard let earlier else { return now.map { Row(now: $0) } }
    var before = Dictionary(earlier.map { (Key($0), $0) }) { first, _ in first }
    var rows = now.map { row in difference(row, since: before.removeValue(forKey: Key(row))) }
    for gone in before.values {
      let none = ClassCensus.Row(group: gone.group, name: gone.name, count: 0, bytes: 0)
      rows.append(difference(none, since: gone))
    }
    return rows.sorted { a, b in
      let (left, right) = (a.sizeDelta ?? 0, b.sizeDelta ?? 0)
      return (right, b.now.bytes, a.now.name) < (left, a.now.bytes, b.now.name)
    }
  }

  private static func difference(_ now: ClassCensus.Row, since before: ClassCensus.Row?) -> Row {
    Row(
      now: now,
      countDelta: Int(clamping: now.count) &- Int(clamping: before?.count ?? 0),
      sizeDelta: Int(clamping: now.bytes) &- Int(clamping: before?.bytes ?? 0)
    )
  }

  func write(to json: inout JSONWriter) {
    event.writeOutcome(to: &json)
    json.time("takenAt", takenAt)
    json.time("since", since)
    json.field("pause", takenAt > 0 ? Double(pause) / 1e6 : nil)
    json.array("classes", rows) { json, row in
      json.object { json in
        json.field("group", row.now.group.name)
        json.field("name", row.now.name)
        json.field("count", row.now.count)
        json.field("size", row.now.bytes)
        json.field("countDelta", row.countDelta)
        json.field("sizeDelta", row.sizeDelta)
      }
    }
  }
}

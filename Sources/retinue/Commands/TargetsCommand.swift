internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel

/// `retinue targets`: the fleet as the collector knows it.
enum TargetsCommand {
  private static let gone = Option.flag("gone", help: "also list processes that have ended")

  private static let memory = Option.flag(
    "memory",
    help: "show of what the resident memory of each process is made instead"
  )

  static let command = Command(
    "targets",
    summary: "List the processes that agents see, with their heaps and how these grow",
    discussion: """
      Growth is that of the floor: the heap right after major collections, in bytes per hour, by \
      robust regression. A dash means that the readings do not tell yet.

      A process without an inspector is listed too, with the line that would enable it.
      """,
    options: ChoiceOptions.all + [gone, memory] + ClientOptions.all,
    examples: [
      Command.Example("retinue targets --selector service=checkout", "the instances of a service"),
      Command.Example("retinue targets --memory", "where the resident memory went"),
    ]
  ) { arguments in
    let given = try ChoiceOptions.given(arguments) ?? .everything
    let rows = try await CollectorClient.connected(arguments) { client in
      try await client.targets(
        try await given.choice(client),
        includeGone: arguments[gone]
      )
    }
    if arguments[memory] {
      let report = ResidentReport(rows)
      if arguments[ClientOptions.json] { report.printJSON() } else { report.printText() }
    } else if arguments[ClientOptions.json] {
      JSONOutput.array(rows) { json, row in json.object { row.write(to: &$0) } }
    } else {
      printTable(rows)
    }
    return .ok
  }

  private static func printTable(_ rows: [TargetRow]) {
    var table = TextTable([
      .init("ID"), .text("SERVICE"), .text("VERSION"), .text("INSTANCE"), .init("RUNTIME"),
      .number("PID"), .init("STATE"), .number("HEAP USED"), .number("RESIDENT"),
      .number("GROWTH"), .init("SEEN"),
    ])
    for row in rows.sorted(by: isBefore) {
      let target = row.target
      table.append([
        .init(ShortID.text(target.id)),
        .init(target.labels.service + (target.labels.isServiceInferred ? " ?" : "")),
        .init(HumanText.label(target.labels.version)),
        .init(HumanText.label(target.labels.instance)),
        .init("\(target.runtime.rawValue) \(target.runtimeVersion)"),
        .init(HumanText.known(target.processID) { "\($0)" }),
        .init(target.state.name, target.state == .attached ? .plain : .yellow),
        .init(HumanText.bytes(row.usage?.used)),
        .init(HumanText.bytes(row.usage?.residentSize)),
        .init(HumanText.growth(row.growth?.bytesPerHour)),
        .init(HumanText.age(row.lastSeen)),
      ])
    }
    table.print(orElse: "No targets. An agent on the host finds processes by itself: retinue-agent")
    printLines(TargetNotes(rows).lines)
  }

  private static func isBefore(_ left: TargetRow, _ right: TargetRow) -> Bool {
    let (a, b) = (left.target.labels, right.target.labels)
    return (a.service, a.version, a.instance, left.target.processID)
      < (b.service, b.version, b.instance, right.target.processID)
  }
}

/// What belongs under a table of targets: what is in the way, and what cannot be known.
struct TargetNotes {
  let lines: [String]

  init(_ rows: [TargetRow]) {
    var lines: [String] = []
    if rows.contains(where: { $0.target.labels.isServiceInferred }) {
      lines.append("? the service's name was guessed from the script; RETINUE_SERVICE sets it.")
    }
    for row in rows where !row.target.stateDetail.isEmpty {
      let process = row.target.processID == 0 ? "" : " (pid \(row.target.processID))"
      lines.append("\(row.title)\(process): \(row.target.stateDetail)")
    }
    lines += Self.missingCapabilities(rows)
    self.lines = lines
  }

  /// One line for all targets of a runtime that lack the same.
  private static func missingCapabilities(_ rows: [TargetRow]) -> [String] {
    var lacking: [String: Set<String>] = [:]
    for row in rows where !row.target.capabilities.isEmpty {
      let missing = row.target.capabilities.missing
      guard !missing.isEmpty else { continue }
      lacking[missing.joined(separator: ", "), default: []].insert(row.target.runtime.rawValue)
    }
    return lacking.sorted { $0.key < $1.key }.map { missing, runtimes in
      "\(runtimes.sorted().joined(separator: ", ")) cannot give: \(missing)."
    }
  }
}

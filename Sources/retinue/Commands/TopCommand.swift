internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import Log

/// `retinue top`: the largest heaps, again and again.
enum TopCommand {
  private enum Order: String, CaseIterable {
    case heap
    case growth
    case resident
  }

  private static let sort = Option.defaulted(
    "sort",
    .choice("ORDER"),
    to: Order.heap,
    help: "what stands first: the largest heap, the fastest growth, the largest resident size"
  )
  private static let count = Option.defaulted(
    "count",
    short: "n",
    .integer(in: 1...1_000),
    to: 20,
    help: "how many targets"
  )
  private static let interval = Option.defaulted(
    "interval",
    .duration,
    to: .seconds(2),
    help: "time between two readings"
  )
  private static let once = Option.flag("once", help: "print one table and end")

  static let command = Command(
    "top",
    summary: "Show the targets with the largest or fastest growing heaps, live",
    discussion: """
      On a terminal the table is drawn again until Ctrl-C; elsewhere, and with --json or --once, it \
      is printed once.
      """,
    options: [sort, count, interval, once] + ChoiceOptions.all + ClientOptions.all
  ) { arguments in
    let given = try ChoiceOptions.given(arguments) ?? .everything
    let isLive =
      Terminal.standardOutput.isTerminal && !arguments[once] && !arguments[ClientOptions.json]
    return try await CollectorClient.connected(arguments) { client in
      let choice = try await given.choice(client)
      func show() async throws {
        let rows = try await client.targets(choice)
        let top = Array(rows.sorted(by: order(arguments[sort])).prefix(arguments[count]))
        if arguments[ClientOptions.json] {
          printJSON(top)
        } else {
          // Home, and clear to the end: the rows before are overwritten without a flicker.
          if isLive { Output.standard("\u{1B}[H\u{1B}[J") }
          printTable(top, of: rows.count)
        }
      }
      try await show()
      while isLive {
        try await Task.sleep(for: arguments[interval])
        do {
          try await show()
        } catch let error as ClientError where error.isTransient {
          // Whoever watches wants to see it come back.
          printLines(["", error.description])
        }
      }
      return .ok
    }
  }

  private static func order(_ order: Order) -> (TargetRow, TargetRow) -> Bool {
    switch order {
    case .heap: { ($0.usage?.used ?? 0) > ($1.usage?.used ?? 0) }
    case .resident: { ($0.usage?.residentSize ?? 0) > ($1.usage?.residentSize ?? 0) }
    case .growth:
      { ($0.growth?.bytesPerHour ?? -.infinity) > ($1.growth?.bytesPerHour ?? -.infinity) }
    }
  }

  private static func printJSON(_ rows: [TargetRow]) {
    JSONOutput.object { json in
      json.time("time", Logger.wallClock())
      json.array("targets", rows) { json, row in json.object { row.write(to: &$0) } }
    }
  }

  private static func printTable(_ rows: [TargetRow], of all: Int) {
    let used = rows.reduce(0) { $0 &+ ($1.usage?.used ?? 0) }
    printLines([
      "\(HumanText.time(Logger.wallClock())) UTC · \(rows.count) of \(all) targets · "
        + "\(HumanText.bytes(used)) used in these"
    ])
    var table = TextTable([
      .number("HEAP USED"), .number("OF LIMIT"), .number("EXTERNAL"), .number("RESIDENT"),
      .number("GROWTH"), .text("SERVICE"), .text("VERSION"), .text("INSTANCE"), .init("RUNTIME"),
      .init("STATE"),
    ])
    for row in rows {
      let target = row.target
      table.append([
        .init(HumanText.bytes(row.usage?.used)), share(row),
        .init(HumanText.bytes(row.usage?.external)),
        .init(HumanText.bytes(row.usage?.residentSize)),
        .init(HumanText.growth(row.growth?.bytesPerHour)), .init(target.labels.service),
        .init(HumanText.label(target.labels.version)),
        .init(HumanText.label(target.labels.instance)), .init(target.runtime.rawValue),
        .init(target.state.name, target.state == .attached ? .plain : .yellow),
      ])
    }
    table.print(orElse: "No targets.")
  }

  /// From four fifths on it is time to look.
  private static func share(_ row: TargetRow) -> TextTable.Cell {
    guard let usage = row.usage, let limit = usage.limit, limit > 0 else {
      return .init(HumanText.unknown)
    }
    let share = Double(usage.used) / Double(limit)
    return .init(Readable.percent(share), share >= 0.8 ? .yellow : .plain)
  }
}

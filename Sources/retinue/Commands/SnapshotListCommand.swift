internal import CommandLineArguments
internal import FleetProtocol

/// `retinue snapshot list`: what the collector holds.
enum SnapshotListCommand {
  private static let series = Option.optional(
    "series",
    ValueKind<String>.text.named("NAME"),
    help: "only the snapshots of this series"
  )

  static let command = Command(
    "list",
    summary: "List the snapshots that the collector holds, newest first",
    options: ChoiceOptions.all + [series] + ClientOptions.all
  ) { arguments in
    let given = try ChoiceOptions.given(arguments) ?? .everything
    let rows = try await CollectorClient.connected(arguments) { client in
      try await client.snapshots(
        try await given.choice(client),
        series: arguments[series] ?? ""
      )
    }
    if arguments[ClientOptions.json] {
      JSONOutput.object { json in
        json.array("snapshots", rows) { json, row in json.object { row.write(to: &$0) } }
      }
    } else {
      SnapshotTable(rows).print(orElse: "No snapshots. 'retinue snapshot take' takes one.")
    }
    return .ok
  }
}

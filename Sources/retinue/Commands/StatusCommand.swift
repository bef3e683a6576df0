internal import CommandLineArguments
internal import FleetProtocol

/// `retinue status`: how the collector is.
enum StatusCommand {
  static let command = Command(
    "status",
    summary: "Say how the collector is: agents, targets, snapshots, space, and what was lost",
    options: ClientOptions.all
  ) { arguments in
    let reply = try await CollectorClient.connected(arguments) { client in
      try await client.ask(FleetMethods.Queries.status, StatusRequest())
    }
    if arguments[ClientOptions.json] {
      printJSON(reply)
    } else {
      printText(reply, address: ClientOptions.address(arguments))
    }
    return .ok
  }

  private static func printJSON(_ reply: StatusReply) {
    JSONOutput.object { json in
      json.field("version", reply.version)
      json.field("agents", reply.agents)
      json.field("targets", reply.targets)
      json.field("snapshots", reply.snapshots)
      json.field("storeBytes", reply.storeBytes)
      json.field("freeBytes", reply.freeBytes)
      json.array("drops", reply.drops) { json, drop in
        json.object { json in
          json.field("reason", drop.reason)
          json.field("count", drop.count)
          json.field("bytes", drop.bytes)
        }
      }
    }
  }

  private static func printText(_ reply: StatusReply, address: String) {
    printLines([
      "Collector \(reply.version) at \(address)",
      "  agents     \(HumanText.count(reply.agents))",
      "  targets    \(HumanText.count(reply.targets))",
      "  snapshots  \(HumanText.count(reply.snapshots))",
      "  store      \(HumanText.bytes(reply.storeBytes)), \(HumanText.bytes(reply.freeBytes)) free",
    ])
    for drop in reply.drops {
      printLines([
        "  lost       \(HumanText.count(drop.count)) × \(drop.reason), \(HumanText.bytes(drop.bytes))"
      ])
    }
    if reply.drops.isEmpty { printLines(["  lost       nothing"]) }
  }
}

internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// `retinue gc`: a forced collection, and what it did.
enum GCCommand {
  static let command = Command(
    "gc",
    summary: "Force a garbage collection and say what it freed",
    discussion: "The target stands still for the pause that is shown.",
    options: ChoiceOptions.all + ClientOptions.all,
    examples: [
      Command.Example(
        "retinue gc --target 3fa4c0de --json",
        "{…,\"before\":…,\"after\":…,\"pause\":…}"
      )
    ]
  ) { arguments in
    let given = try ChoiceOptions.required(arguments)
    let events = try await CollectorClient.connected(arguments) { client in
      var follower = EventFollower("collecting")
      let request = CollectRequest(
        choice: try await given.choice(client),
        requestID: RequestID.make()
      )
      try await client.act(FleetMethods.Queries.collect, request) { follower.receive($0) }
      return follower.finish()
    }
    if arguments[ClientOptions.json] {
      printJSON(events, given)
    } else {
      printTable(events)
    }
    for complaint in events.compactMap(\.complaint) { Output.error("retinue: \(complaint)\n") }
    return events.allSatisfy { $0.state == .done } && !events.isEmpty ? .ok : .failed
  }

  /// One target is one object; several are in a list.
  private static func printJSON(_ events: [TargetEvent], _ given: ChoiceOptions.Given) {
    JSONOutput.object { json in
      if case .target = given, let event = events.first {
        write(event, to: &json)
      } else {
        json.array("targets", events) { json, event in json.object { write(event, to: &$0) } }
      }
    }
  }

  private static func write(_ event: TargetEvent, to json: inout JSONWriter) {
    event.writeOutcome(to: &json)
    json.field("before", event.collection?.usedBefore)
    json.field("after", event.collection?.usedAfter)
    json.field("pause", event.collection.map { Double($0.pauseNanoseconds) / 1e6 })
  }

  private static func printTable(_ events: [TargetEvent]) {
    var table = TextTable([
      .text("SERVICE"), .text("VERSION"), .text("INSTANCE"), .number("BEFORE"), .number("AFTER"),
      .number("FREED"), .number("PAUSE"),
    ])
    for event in events {
      guard let effect = event.collection else { continue }
      let change = Int(clamping: effect.usedBefore) - Int(clamping: effect.usedAfter)
      table.append([
        .init(HumanText.label(event.service)), .init(HumanText.label(event.version)),
        .init(HumanText.label(event.instance)), .init(HumanText.bytes(effect.usedBefore)),
        .init(HumanText.bytes(effect.usedAfter)), .init(Readable.bytes(change)),
        .init(HumanText.milliseconds(nanoseconds: effect.pauseNanoseconds)),
      ])
    }
    table.print(orElse: events.isEmpty ? noTarget : "Nothing was collected.")
  }
}

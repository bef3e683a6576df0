internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// `retinue collections`: the garbage collections of a while, one by one.
enum CollectionsCommand {
  private static let duration = Option.defaulted(
    "duration",
    .duration,
    to: .seconds(10),
    help: "how long to watch, at most 60s"
  )

  static let command = Command(
    "collections",
    summary: "Watch garbage collections for a while and say how long they paused",
    discussion: """
      Nothing is forced. Chromium tells its collections in a trace of the browser, which is taken \
      for as long as it was asked for; where somebody else takes one, that is said and left alone. \
      Other runtimes tell by themselves, some of them several collections as one. workerd tells \
      nothing.
      """,
    options: ChoiceOptions.all + [duration] + ClientOptions.all,
    examples: [
      Command.Example("retinue collections -s service=shop --duration 30s", "all its pages")
    ]
  ) { arguments in
    let given = try ChoiceOptions.required(arguments)
    let length = arguments[duration]
    if let refusal = LengthLimits.collections.refusal(of: length.wholeMilliseconds) {
      throw UsageError("--duration: \(refusal)")
    }
    let targets = try await CollectorClient.connected(arguments) { client in
      try await client.measure(
        .collections,
        of: try await given.choice(client),
        for: length,
        "watching for \(Readable.duration(length))"
      )
    }
    if arguments[ClientOptions.json] {
      JSONOutput.object { json in
        json.array("targets", targets) { json, target in json.object { write(target, to: &$0) } }
      }
    } else {
      printTable(targets)
    }
    let events = targets.map(\.event)
    for complaint in events.compactMap(\.complaint) { Output.error("retinue: \(complaint)\n") }
    return events.allSatisfy { $0.state == .done } && !events.isEmpty ? .ok : .failed
  }

  private static func write(_ target: MeasuredTarget, to json: inout JSONWriter) {
    target.event.writeOutcome(to: &json)
    json.time("startedAt", target.measurement?.startedAt ?? 0)
    json.time("endedAt", target.measurement?.endedAt ?? 0)
    json.array("collections", target.measurement?.collections?.activities ?? []) { json, one in
      json.object { json in
        json.time("time", one.time)
        json.field("kind", one.kind.name)
        json.field("count", one.count)
        json.field("forcedCount", one.forcedCount)
        json.milliseconds("pause", nanoseconds: one.pauseNanoseconds)
        json.milliseconds("longestPause", nanoseconds: one.longestPauseNanoseconds)
        json.field("before", one.usedBefore)
        json.field("after", one.usedAfter)
      }
    }
  }

  /// A row for each kind of collection of each target.
  private static func printTable(_ targets: [MeasuredTarget]) {
    var table = TextTable([
      .text("SERVICE"), .text("VERSION"), .text("INSTANCE"), .init("KIND"), .number("COUNT"),
      .number("PAUSE"), .number("LONGEST"), .number("OF TIME"), .number("FREED"),
      .number("HEAP AFTER"),
    ])
    for target in targets {
      guard let measurement = target.measurement else { continue }
      let length = Double(measurement.endedAt) - Double(measurement.startedAt)
      for sum in CollectionSum.sums(of: measurement.collections?.activities ?? []) {
        table.append([
          .init(HumanText.label(target.event.service)),
          .init(HumanText.label(target.event.version)),
          .init(HumanText.label(target.event.instance)), .init(sum.kind.name),
          .init(HumanText.count(sum.count)), .init(HumanText.milliseconds(nanoseconds: sum.pause)),
          .init(HumanText.milliseconds(nanoseconds: sum.longestPause)),
          .init(length > 0 ? Readable.percent(Double(sum.pause) / length) : HumanText.unknown),
          .init(sum.freed.map { Readable.bytes($0) } ?? HumanText.unknown),
          .init(HumanText.bytes(sum.usedAfter)),
        ])
      }
    }
    table.print(orElse: targets.isEmpty ? noTarget : "Nothing was collected.")
  }
}

/// The collections of one kind in a window, added up.
private struct CollectionSum {
  var kind: CollectionActivity.Kind
  var count: UInt64 = 0
  var pause: UInt64 = 0
  var longestPause: UInt64 = 0
  /// Nil where a size is missing.
  var freed: Int? = 0
  /// After the last of them.
  var usedAfter: UInt64?

  static func sums(of activities: [CollectionActivity]) -> [CollectionSum] {
    CollectionActivity.Kind.allCases.compactMap { kind in
      var sum = CollectionSum(kind: kind)
      for activity in activities where activity.kind == kind { sum.add(activity) }
      return sum.count > 0 ? sum : nil
    }
  }

  private mutating func add(_ activity: CollectionActivity) {
    count &+= UInt64(activity.count)
    pause &+= activity.pauseNanoseconds
    longestPause = max(longestPause, activity.longestPauseNanoseconds)
    usedAfter = activity.usedAfter
    guard let before = activity.usedBefore, let after = activity.usedAfter, let sum = freed else {
      freed = nil
      return
    }
    freed = sum &+ (Int(clamping: before) &- Int(clamping: after))
  }
}

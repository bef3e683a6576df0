internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// `retinue snapshot take`: one snapshot of each target, or a series of them.
enum SnapshotTakeCommand {
  private enum Mark: String, CaseIterable {
    case baseline
    case action
    case `repeat`
  }

  private static let series = Option.optional(
    "series",
    ValueKind<String>.text.named("NAME"),
    help: "the snapshots belong together: objects are followed by id from one to the next"
  )
  private static let count = Option.optional(
    "count",
    .integer(in: 2...64),
    help: "snapshots of the series, taken now (default: 3)"
  )
  private static let interval = Option.optional(
    "interval",
    .duration,
    help: "time between the starts of two snapshots of a target (default: 60s)"
  )
  private static let mark =
    Option.optional(
      "mark",
      .choice("STEP"),
      help: "take one step of the series now, driven by hand"
    ) as Option<Mark?>
  private static let action = Option.optional(
    "action",
    ValueKind<String>.text.named("COMMAND"),
    help: "run this in a shell between two snapshots of the series, instead of waiting"
  )
  private static let force = Option.flag(
    "force",
    help: "take it although admission refuses; the target may be killed for want of memory"
  )
  private static let estimate = Option.flag(
    "estimate",
    help: "say what it would cost each target, and take nothing"
  )
  private static let timeline = Option.optional(
    "timeline",
    .duration,
    help: "record allocations for so long first: when each object was allocated (at most 60s)"
  )
  private static let stacks = Option.flag(
    "allocation-stacks",
    help: "in a timeline: who allocated each object, too; slows the target far more"
  )

  static let command = Command(
    "take",
    summary: "Take heap snapshots, wait for them, and say what came of each",
    discussion: """
      A target stands still while its snapshot is taken, and its engine needs memory for it: the \
      agent estimates both and refuses what does not fit, with the numbers. Never two targets of a \
      host or of a service at a time.

      In a series, ids are kept from the first snapshot to the last, at most ten minutes; meanwhile \
      the target runs slower. With --action what you want to know about is done between them: COMMAND \
      has RETINUE_SERIES and RETINUE_STEP in its environment, and where it fails the series ends. \
      Snapshots hold whatever the heap holds, secrets too.

      A timeline is the dearest thing to ask for: V8 collects all objects many times a second while \
      it is recorded. A program with a small heap may run at half its speed, with stacks 4 to 60 \
      times slower; one with 50 MB of small objects hardly runs at all. The price is said first; the \
      recording ends when its time is over, and at once when you interrupt this command. \
      'retinue analyze --allocations' reads it.
      """,
    options: ChoiceOptions.all
      + [series, count, interval, mark, action, timeline, stacks, force, estimate]
      + ClientOptions.all,
    examples: [
      Command.Example("retinue snapshot take --target 3fa4c0de", "one snapshot"),
      Command.Example(
        "retinue snapshot take -s service=checkout --series monday --count 3 --interval 60s",
        "three of each instance, for 'retinue leaks'"
      ),
      Command.Example(
        "retinue snapshot take --target 3fa4c0de --series monday --mark baseline",
        "the first of three, driven by hand"
      ),
      Command.Example(
        "retinue snapshot take -s service=checkout --series load --action './load.sh 100'",
        "the same load between each two of three"
      ),
      Command.Example(
        "retinue snapshot take --target 3fa4c0de --timeline 10s --allocation-stacks",
        "who allocates what stays alive"
      ),
    ]
  ) { arguments in
    let given = try ChoiceOptions.required(arguments)
    var request = try request(arguments)
    let (events, rows, complaint) = try await CollectorClient.connected(arguments) {
      [request] client in
      var request = request
      request.choice = try await given.choice(client)
      if request.recording != nil, !request.estimateOnly {
        try await sayPrice(of: request, client, isForMachines: arguments[ClientOptions.json])
      }
      var follower = EventFollower(request.estimateOnly ? "estimating" : "taking snapshots")
      var complaint: String?
      if let action = arguments[action] {
        let count = arguments[count] ?? 3
        complaint = try await take(count, of: request, between: action, client, &follower)
      } else {
        try await client.act(FleetMethods.Queries.capture, request) { follower.receive($0) }
      }
      let events = follower.finish()
      return (events, try await Self.rows(of: events, request, client), complaint)
    }
    request.choice = .selector("")
    let result = CaptureResult(
      events,
      rows,
      request.recording.map(TimelinePrice.init),
      isEstimate: request.estimateOnly
    )
    if arguments[ClientOptions.json] { result.printJSON() } else { result.printText() }
    if let complaint { Output.error("retinue: \(complaint)\n") }
    return result.isComplete && complaint == nil ? .ok : .failed
  }

  /// The request, but for the choice, which may have to be looked up.
  private static func request(_ arguments: ParsedArguments) throws(UsageError) -> CaptureRequest {
    let series = arguments[series] ?? ""
    if series.isEmpty,
      arguments[mark] != nil || arguments[count] != nil || arguments[interval] != nil
    {
      throw UsageError("--mark, --count and --interval are for a series: give --series NAME")
    }
    if arguments[mark] != nil, arguments[count] != nil || arguments[interval] != nil {
      throw UsageError("--mark takes one step by hand: leave --count and --interval out")
    }
    if arguments[action] != nil {
      guard !series.isEmpty else {
        throw UsageError("--action is for a series: give --series NAME")
      }
      guard arguments[mark] == nil, arguments[interval] == nil, !arguments[estimate] else {
        throw UsageError(
          "--action takes all steps, one after each end of the command: "
            + "leave --mark, --interval and --estimate out"
        )
      }
    }
    if arguments[timeline] == nil, arguments[stacks] {
      throw UsageError("--allocation-stacks is for a timeline: give --timeline TIME")
    }
    if !series.isEmpty, arguments[timeline] != nil {
      throw UsageError("--timeline is a snapshot of its own: leave --series out")
    }
    let length = arguments[timeline]?.wholeMilliseconds
    if let length, let refusal = LengthLimits.timeline.refusal(of: length) {
      throw UsageError("--timeline: \(refusal)")
    }
    let takesAll = !series.isEmpty && arguments[mark] == nil && arguments[action] == nil
    return CaptureRequest(
      choice: .selector(""),
      series: series,
      count: UInt32(takesAll ? arguments[count] ?? 3 : 1),
      intervalMilliseconds: takesAll
        ? (arguments[interval] ?? .seconds(60)).wholeMilliseconds : 0,
      mark: arguments[mark]?.rawValue ?? "",
      isForced: arguments[force],
      estimateOnly: arguments[estimate],
      requestID: RequestID.make(),
      timelineMilliseconds: length ?? 0,
      timelineHasStacks: arguments[stacks]
    )
  }

  /// Says what a recording will cost, before it begins: always to a person, and to nobody else.
  private static func sayPrice(
    of request: CaptureRequest,
    _ client: CollectorClient,
    isForMachines: Bool
  ) async throws {
    guard let recording = request.recording, !isForMachines || Terminal.standardError.isTerminal
    else { return }
    var question = request
    question.estimateOnly = true
    question.requestID = RequestID.make()
    var follower = EventFollower("estimating")
    try await client.act(FleetMethods.Queries.capture, question) { follower.receive($0) }
    for line in TimelinePrice(recording).lines(for: follower.finish()) {
      Output.error(DisplayText.safe(line) + "\n")
    }
  }

  /// What the collector holds of the snapshots that were taken.
  private static func rows(
    of events: [TargetEvent],
    _ request: CaptureRequest,
    _ client: CollectorClient
  ) async throws -> [String: SnapshotRow] {
    let ids = Set(events.compactMap(\.snapshotID))
    guard !ids.isEmpty else { return [:] }
    let rows = try await client.snapshots(request.choice, series: request.series)
    return Dictionary(
      rows.filter { ids.contains($0.id) }.map { ($0.id, $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }
}

extension Duration {
  /// Rounded down, and 0 for a negative one.
  var wholeMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000)
    return overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000_000_000)
  }
}

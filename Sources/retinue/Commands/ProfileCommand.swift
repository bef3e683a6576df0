internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import Log
internal import ProfileFormats

/// `retinue profile`: where the chosen targets allocate what is alive, merged.
enum ProfileCommand {
  private enum Format: String, CaseIterable {
    case table
    case heapprofile
    case pprof
    case speedscope

    /// Of a file for another tool; nil for the table.
    var file: ProfileFormat? { ProfileFormat(rawValue: rawValue) }
  }

  private static let duration = Option.defaulted(
    "duration",
    .duration,
    to: SamplingDefaults.length,
    help: "how long to sample"
  )
  private static let taken = Option.optional(
    "taken",
    .duration,
    help: "sample nothing: merge what was sampled within that time, as by agents' schedules"
  )
  private static let interval = Option.defaulted(
    "interval",
    .byteSize,
    to: Int(SamplingDefaults.intervalBytes),
    help: "mean bytes between two samples"
  )
  private static let depth = Option.defaulted(
    "depth",
    .integer(in: 1...FleetLimits.sampledStackDepth),
    to: SamplingDefaults.stackDepth,
    help: "frames of a stack that are kept"
  )
  private static let format = Option.defaulted(
    "format",
    .choice("FORMAT"),
    to: Format.table,
    help: "heapprofile opens in Chrome DevTools, pprof and speedscope in the tools of that name"
  )
  private static let output = Option.optional(
    "output",
    short: "o",
    .file,
    help: "the file to write; - for standard output"
  )
  private static let limit = Option.defaulted(
    "limit",
    short: "n",
    .integer(in: 1...10_000),
    to: 20,
    help: "functions in the table"
  )

  static let command = Command(
    "profile",
    summary: "Sample allocations on all chosen targets at once and merge them",
    discussion: """
      Shows who allocates what is still alive, not what holds it. Cheap enough for production. \
      Runtimes that cannot sample (Bun) are left out, and that is said. Firefox tells all that was \
      allocated, alive or not: its profiles are shown only where there is no other. While its window is \
      open, each of a page's allocations is 2 to 4 times dearer.
      """,
    options: ChoiceOptions.all + [duration, taken, interval, depth, format, output, limit]
      + ClientOptions.all,
    examples: [
      Command.Example("retinue profile -s service=checkout --duration 60s", "the top functions"),
      Command.Example(
        "retinue profile -s environment=staging --format pprof -o staging.pb.gz",
        "all of staging, for pprof"
      ),
      Command.Example(
        "retinue profile -s service=checkout --taken 1h",
        "what the agents' schedules sampled in the last hour"
      ),
    ]
  ) { arguments in
    let given = try ChoiceOptions.required(arguments)
    let fileFormat = arguments[format].file
    if fileFormat != nil, arguments[output] == nil {
      throw UsageError("--format \(arguments[format].rawValue) writes a file: give -o FILE")
    }
    if fileFormat == nil, arguments[output] != nil {
      throw UsageError("-o is for a file: give --format heapprofile, pprof or speedscope")
    }
    let length = arguments[duration]
    if let refusal = LengthLimits.sampling.refusal(of: length.wholeMilliseconds) {
      throw UsageError("--duration: \(refusal)")
    }
    if arguments[taken] != nil,
      arguments.isGiven(duration) || arguments.isGiven(interval) || arguments.isGiven(depth)
    {
      throw UsageError(
        "--taken samples nothing: leave --duration, --interval and --depth out"
      )
    }
    try OutputFile.checkStandardOutput(arguments[output], json: arguments[ClientOptions.json])
    var report = try await CollectorClient.connected(arguments) { client in
      let choice = try await given.choice(client)
      guard let age = arguments[taken] else {
        return try await sample(arguments, for: length, choice, client)
      }
      let now = Logger.wallClock()
      let since = now - min(age.wholeMilliseconds * 1_000_000, now - 1)
      var report = ProfileReport(targets: [])
      try await read(ReadProfileRequest(choice: choice, since: since), into: &report, client)
      return report
    }
    if let profile = report.profile, let fileFormat, let path = arguments[output] {
      let file = try OutputFile(path)
      try file.write(profile.encoded(as: fileFormat, name: report.name))
      try file.finish()
      report.file = (file.path, file.byteCount)
    }
    if arguments[ClientOptions.json] {
      report.printJSON()
    } else {
      report.printText(limit: arguments[limit])
    }
    return report.isComplete ? .ok : .failed
  }

  private static func sample(
    _ arguments: ParsedArguments,
    for length: Duration,
    _ choice: Choice,
    _ client: CollectorClient
  ) async throws -> ProfileReport {
    var follower = EventFollower("sampling for \(Readable.duration(length))")
    let request = SampleWindowRequest(
      choice: choice,
      durationMilliseconds: length.wholeMilliseconds,
      intervalBytes: UInt64(clamping: arguments[interval]),
      stackDepth: UInt32(arguments[depth]),
      requestID: RequestID.make()
    )
    try await client.act(FleetMethods.Queries.sampleWindow, request) { follower.receive($0) }
    var report = ProfileReport(targets: follower.finish())
    // A target that cannot be sampled has an event, and no profile.
    let ids = report.targets.filter { $0.state == .done }.compactMap(\.profileID)
    guard !ids.isEmpty else { return report }
    try await read(ReadProfileRequest(choice: choice, profileIDs: ids), into: &report, client)
    return report
  }

  /// Reads profiles that the collector has, merged.
  private static func read(
    _ request: ReadProfileRequest,
    into report: inout ProfileReport,
    _ client: CollectorClient
  ) async throws {
    var assembler = ProfileAssembler()
    try await client.follow(FleetMethods.Queries.readProfile, request) { reply in
      report.mergedTargets = reply.mergedTargets
      report.leftOutTargets = reply.leftOutTargets
      try assembler.append(reply.part)
    }
    report.profile = try assembler.finish()
  }
}

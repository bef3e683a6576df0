internal import CommandLineArguments
internal import FleetProtocol
internal import JSONStream

/// `retinue leaks`: what grows on every step, where, and what holds it.
enum LeaksCommand {
  private static let series = Option.optional(
    "series",
    ValueKind<String>.text.named("NAME"),
    help: "the snapshots of this series (see 'retinue snapshot take --series')"
  )
  private static let last = Option.optional(
    "last",
    .integer(in: 3...64),
    help: "the last N snapshots of each target (default: 3)"
  )
  private static let wait = Option.defaulted(
    "wait",
    .duration,
    to: .seconds(60),
    help: "how long to wait for analyses that are under way"
  )

  private static let longestWait = Duration.milliseconds(FleetLimits.analysisWaitMilliseconds)

  static let command = Command(
    "leaks",
    summary: "List what leaks: grown on every step, by instance and version, with what holds it",
    discussion: """
      A leak grows on every step. Findings with one fingerprint are one leak, wherever and whenever \
      it is seen. What only a debugger or its console keeps comes last and is none. Exit code 3 where \
      there is any, 1 where nothing could be examined.
      """,
    options: ChoiceOptions.all + [series, last, wait] + ClientOptions.all,
    examples: [
      Command.Example("retinue leaks -s service=checkout --series monday", "after three snapshots"),
      Command.Example("retinue leaks --last 5 --json", "of the whole fleet, for a script"),
    ]
  ) { arguments in
    let given = try ChoiceOptions.given(arguments) ?? .everything
    if arguments[series] != nil, arguments[last] != nil {
      throw UsageError("give --series or --last, not both")
    }
    guard arguments[wait] <= longestWait else {
      throw UsageError("--wait: at most \(Readable.duration(longestWait)); ask again after that")
    }
    let report = try await CollectorClient.connected(arguments) { client in
      let choice = try await given.choice(client)
      return try await find(
        FindLeaksRequest(
          choice: choice,
          series: arguments[series] ?? "",
          last: arguments[series] == nil ? UInt32(arguments[last] ?? 3) : 0,
          waitMilliseconds: UInt32(clamping: arguments[wait].wholeMilliseconds),
          includesTooling: true
        ),
        client
      )
    }
    if arguments[ClientOptions.json] { report.printJSON() } else { report.printText() }
    guard report.findings.isEmpty else { return .finding }
    guard report.targetsExamined > 0 else {
      Output.error("retinue: nothing was examined\n")
      return .failed
    }
    return .ok
  }

  private static func find(
    _ request: FindLeaksRequest,
    _ client: CollectorClient
  ) async throws -> LeakReport {
    var request = request
    var report = LeakReport()
    let progress = ProgressLine()
    progress.show("comparing snapshots")
    defer { progress.clear() }
    let all = try await client.pages { cursor in
      request.cursor = cursor
      let page = try await client.ask(
        FleetMethods.Queries.findLeaks,
        request,
        within: .seconds(120)
      )
      report.targetsExamined = page.targetsExamined
      for note in page.notes where !report.notes.contains(note) { report.notes.append(note) }
      return (page.findings, page.nextCursor)
    }
    report.findings = all.filter { !$0.isTooling }
    report.tooling = all.filter(\.isTooling)
    return report
  }
}

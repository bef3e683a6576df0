internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel

/// `retinue compare`: what changed between snapshots, and whether that should stop a pipeline.
enum CompareCommand {
  private static let inputs = Argument.variadic(
    ValueKind<String>.file.named("SNAPSHOT"),
    help: "files, or ids of the collector's snapshots; two, or more in the order they were taken"
  )
  private static let base = Option.optional(
    "base",
    ValueKind<String>.text.named("SELECTOR"),
    help: "compare instances of the fleet: those that are as they should be; or a folder with a "
      + "snapshot of each"
  )
  private static let main = Option.optional(
    "main",
    ValueKind<String>.text.named("SELECTOR"),
    help: "those that are compared with them, or their folder"
  )
  private static let by = Option.optional(
    "by",
    ValueKind<GroupComparisonReport.Label>.choice("LABEL"),
    help: "side by side, class by class: the instances that --selector chooses, put together by "
      + "this label, each by its latest snapshot"
  )
  private static let failOn = Option.repeated(
    "fail-on",
    FailRule.kind,
    help: "end with 3 where a class grew by more: 'class=NAME,growth>N', N objects or 1MB; "
      + "class=* for any; of three and more snapshots, on every step"
  )
  private static let floor = Option.defaulted(
    "floor",
    .byteSize,
    to: 10_000,
    help: "of three and more snapshots: what grows by less on some step is no finding"
  )
  private static let limit = Option.defaulted(
    "limit",
    short: "n",
    .integer(in: 1...100_000),
    to: 20,
    help: "classes in the table; JSON has all"
  )

  private static let allocatedBetween = Option.flag(
    "allocated-between",
    help:
      "of two snapshots of V8, or three: what was allocated after the first, in three until the "
      + "second, and is in the last, by class with retained sizes, as Chrome DevTools shows it"
  )
  private static let partial = Option.flag(
    "partial",
    help: "of files that break off or are damaged: compare what is there, and say what is missing"
  )

  static let command = Command(
    "compare",
    summary: "Compare snapshots: files, the collector's, or two parts of the fleet",
    discussion: """
      Two snapshots of one process are compared object by object, as Chrome DevTools does; others \
      class by class. Of three and more, what grew on every step is a finding, and the exit code \
      is 3. Runtimes, services or versions stand side by side with --by; across engines, classes \
      have the same names where the program named them.

      With --allocated-between nothing is compared object by object: objects are chosen by their ids, \
      which V8 gives out in order. Of three snapshots that is the three-snapshot technique: allocated \
      between the first and the second, and still there in the third.

      With --partial a file that ends too early or is damaged is no error: what is in front of the \
      place is compared, and the first lines, or 'parts' of the JSON, say where it breaks and what is \
      left out. Growth is then not looked for, since what is missing in one would be new in the next.
      """,
    options: [
      failOn, floor, limit, allocatedBetween, partial, base, main, by, ChoiceOptions.selector,
    ]
      + ClientOptions.all,
    arguments: [inputs],
    examples: [
      Command.Example(
        "retinue compare before.heapsnapshot after.heapsnapshot --fail-on 'class=Session,growth>0'",
        "exit code 3 where there are more Sessions than before"
      ),
      Command.Example(
        "retinue compare 1.heapsnapshot 2.heapsnapshot 3.heapsnapshot",
        "a leak test"
      ),
      Command.Example("retinue compare --base version=1.4.1 --main version=1.4.2", "two versions"),
      Command.Example(
        "retinue compare --by runtime -s service=checkout",
        "one service on Node, Bun and Deno"
      ),
      Command.Example("retinue compare --base heaps/1.4.1 --main heaps/1.4.2", "two folders"),
    ]
  ) { arguments in
    if arguments[partial],
      let word = arguments[inputs].first(where: { SnapshotArgument($0).id != nil })
    {
      throw UsageError("--partial is of files, and '\(word)' is none")
    }
    if arguments[partial], arguments[inputs].isEmpty {
      throw UsageError("--partial is of files: give two snapshots and more")
    }
    if arguments[allocatedBetween] { return try await listAllocated(arguments) }
    switch (arguments[base], arguments[main], arguments[by]) {
    case (nil, nil, nil):
      guard arguments[ChoiceOptions.selector] == nil else {
        throw UsageError("--selector belongs to --by")
      }
      return try await compareSnapshots(arguments)
    case (nil, nil, let label?):
      return try await compareGroups(by: label, arguments)
    case (let base?, let main?, nil):
      return try await compareFleet(base, main, arguments)
    case (_?, _?, _?):
      throw UsageError("--by goes without --base and --main")
    default:
      throw UsageError("--base and --main belong together")
    }
  }

  // MARK: - Snapshots

  private static func compareSnapshots(_ arguments: ParsedArguments) async throws -> ExitCode {
    let inputs = arguments[inputs]
    guard inputs.count >= 2 else {
      throw UsageError("give two snapshots and more, or --base and --main with selectors")
    }
    let words = inputs.map(SnapshotArgument.init)
    var report: ComparisonReport
    if words.allSatisfy({ $0.id != nil }), inputs.count == 2 {
      report = try await CollectorClient.connected(arguments) { client in
        try await ask(inputs, client)
      }
    } else {
      report = try await compareHere(inputs, words, arguments)
    }
    if let part = report.parts.first, !arguments[failOn].isEmpty {
      throw ClientError("\(part.input) is not whole, so --fail-on cannot tell what grew")
    }
    report.check(arguments[failOn])
    if arguments[ClientOptions.json] {
      report.printJSON()
    } else {
      report.printText(limit: arguments[limit])
    }
    return report.hasFinding ? .finding : .ok
  }

  private static func listAllocated(_ arguments: ParsedArguments) async throws -> ExitCode {
    let inputs = arguments[inputs]
    guard 2...3 ~= inputs.count else {
      throw UsageError("--allocated-between takes two snapshots or three, in their order")
    }
    let others: [(String, Bool)] = [
      ("--fail-on", !arguments[failOn].isEmpty), ("--partial", arguments[partial]),
      ("--floor", arguments.isGiven(floor)),
      ("--base", arguments[base] != nil), ("--main", arguments[main] != nil),
      ("--by", arguments[by] != nil), ("--selector", arguments[ChoiceOptions.selector] != nil),
    ]
    if let (other, _) = others.first(where: \.1) {
      throw UsageError("--allocated-between goes without \(other)")
    }
    let progress = ProgressLine()
    defer { progress.clear() }
    let words = inputs.map(SnapshotArgument.init)
    let heaps = try await load(inputs, words, arguments, progress: progress)
    let report = try AllocatedBetweenReport(inputs, heaps)
    progress.clear()
    if arguments[ClientOptions.json] {
      report.printJSON()
    } else {
      report.printText(limit: arguments[limit])
    }
    return .ok
  }

  /// Loads the heaps into our own memory, the collector's as well, and compares them here.
  private static func compareHere(
    _ inputs: [String],
    _ words: [SnapshotArgument],
    _ arguments: ParsedArguments
  ) async throws -> ComparisonReport {
    let progress = ProgressLine()
    defer { progress.clear() }
    let heaps = try await load(inputs, words, arguments, progress: progress)
    let floor = UInt64(clamping: arguments[floor])
    return ComparisonReport(inputs, heaps, floor: floor, progress: progress)
  }

  private static func load(
    _ inputs: [String],
    _ words: [SnapshotArgument],
    _ arguments: ParsedArguments,
    progress: ProgressLine
  ) async throws -> [AnalyzedHeap] {
    let analyzer = HeapAnalyzer()
    let mayBePartial = arguments[partial]
    return try await SideBySide.map(Array(zip(inputs, words))) { input, word in
      guard let id = word.id else {
        return try LoadedSnapshot(
          input,
          analyzer: analyzer,
          mayBePartial: mayBePartial,
          progress: progress
        ).heap
      }
      return try await CollectorClient.connected(arguments) { client in
        try await LoadedSnapshot(id, client, analyzer: analyzer, progress: progress).heap
      }
    }
  }

  /// Lets the collector compare two of its own.
  private static func ask(
    _ inputs: [String],
    _ client: CollectorClient
  ) async throws -> ComparisonReport {
    var request = CompareRequest(
      baseSnapshotID: try await client.snapshotID(beginningWith: inputs[0]),
      mainSnapshotID: try await client.snapshotID(beginningWith: inputs[1]),
      waitMilliseconds: 60_000
    )
    var first: CompareReply?
    let rows = try await client.pages { cursor in
      request.cursor = cursor
      let page = try await client.ask(FleetMethods.Queries.compare, request, within: .seconds(120))
      if first == nil { first = page }
      return (page.classes, page.nextCursor)
    }
    return ComparisonReport(
      inputs: inputs,
      isComparedByID: first?.byID ?? false,
      note: first?.note ?? "",
      rows: rows
    )
  }

  // MARK: - Fleet

  private static func compareFleet(
    _ base: String,
    _ main: String,
    _ arguments: ParsedArguments
  ) async throws -> ExitCode {
    guard arguments[inputs].isEmpty, arguments[failOn].isEmpty else {
      throw UsageError("--base and --main take neither snapshots nor --fail-on")
    }
    guard arguments[ChoiceOptions.selector] == nil else {
      throw UsageError("--selector belongs to --by: write it into --base and --main")
    }
    let report: FleetComparisonReport
    switch (SnapshotFolder(base), SnapshotFolder(main)) {
    case (let base?, let main?):
      report = try await FleetComparisonReport(base: base, main: main)
    case (nil, nil):
      try checkSelector(base, of: "--base")
      try checkSelector(main, of: "--main")
      report = try await CollectorClient.connected(arguments) { client in
        try await FleetComparisonReport(base: base, main: main, client)
      }
    default:
      throw UsageError("--base and --main are two selectors or two folders, not one of each")
    }
    if arguments[ClientOptions.json] {
      report.printJSON()
    } else {
      report.printText(limit: arguments[limit])
    }
    return .ok
  }

  // MARK: - Side by side

  private static func compareGroups(
    by label: GroupComparisonReport.Label,
    _ arguments: ParsedArguments
  ) async throws -> ExitCode {
    guard arguments[inputs].isEmpty, arguments[failOn].isEmpty else {
      throw UsageError("--by takes neither snapshots nor --fail-on")
    }
    guard let selector = arguments[ChoiceOptions.selector] else {
      throw UsageError("say which targets stand side by side: --selector service=NAME")
    }
    try checkSelector(selector, of: "--selector")
    let progress = ProgressLine()
    defer { progress.clear() }
    let report = try await CollectorClient.connected(arguments) { client in
      try await GroupComparisonReport(by: label, selector, client, progress: progress)
    }
    if arguments[ClientOptions.json] {
      report.printJSON()
    } else {
      report.printText(limit: arguments[limit])
    }
    return .ok
  }

  private static func checkSelector(_ text: String, of option: String) throws(UsageError) {
    do {
      _ = try Selector(text)
    } catch {
      throw UsageError("\(option): \(error)")
    }
  }
}

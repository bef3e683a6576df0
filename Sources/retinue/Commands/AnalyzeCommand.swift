internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis

/// `retinue analyze`: what is in a heap, from a file or from the collector.
enum AnalyzeCommand {
  private static let files = Argument.variadic(
    ValueKind<String>.file.named("FILE"),
    atLeast: 1,
    help:
      "a .heapsnapshot, .fxsnapshot, JavaScriptCore or native snapshot, also .zst and .gz; or a snapshot's id"
  )
  private static let limit = Option.defaulted(
    "limit",
    short: "n",
    .integer(in: 1...8_192),
    to: 20,
    help: "classes and objects in the tables; JSON has all classes"
  )
  private static let digests = Option.flag(
    "digests",
    help: "add digests of sizes, dominators and distances to the JSON"
  )

  static let command = Command(
    "analyze",
    summary: "Show what a snapshot holds: classes, largest objects, statistics",
    discussion: """
      The numbers are those of Chrome DevTools, for files that it opens and for larger ones. A \
      word that names no file and is an id, or its beginning, is a snapshot of the collector.
      """,
    options: [limit, digests] + ClientOptions.all,
    arguments: [files],
    examples: [
      Command.Example("retinue analyze heap.heapsnapshot", "a file"),
      Command.Example("retinue analyze heap.heapsnapshot.zst --json | jq .statistics", "a number"),
    ]
  ) { arguments in
    let inputs = arguments[files]
    if inputs.count > 1, arguments[ClientOptions.json] {
      throw UsageError("--json is one object, so it takes one FILE")
    }
    for input in inputs {
      if inputs.count > 1 { printLines(["", input]) }
      if let id = SnapshotArgument(input).id {
        try await analyze(id, arguments)
      } else {
        try analyze(file: input, arguments)
      }
    }
    return .ok
  }

  private static func analyze(file: String, _ arguments: ParsedArguments) throws {
    let progress = ProgressLine()
    defer { progress.clear() }
    let snapshot = try LoadedSnapshot(file, progress: progress)
    let report = AnalysisReport(
      snapshot.heap,
      // Scripts get 100; a table leaves out what only the engine reaches.
      largest: max(arguments[limit], 100)
    )
    if arguments[ClientOptions.json] {
      progress.show("writing")
      report.printJSON(digestsOf: arguments[digests] ? snapshot.heap : nil)
    } else {
      progress.clear()
      report.printText(limit: arguments[limit])
    }
  }

  private static func analyze(_ id: String, _ arguments: ParsedArguments) async throws {
    guard !arguments[digests] else {
      throw UsageError("--digests are of files: fetch the snapshot with 'retinue snapshot get'")
    }
    let report = try await CollectorClient.connected(arguments) { client in
      let id = try await client.snapshotID(beginningWith: id)
      return try await AnalysisReport(id, client)
    }
    if arguments[ClientOptions.json] {
      report.printJSON(digestsOf: nil)
    } else {
      report.printText(limit: arguments[limit])
    }
  }
}

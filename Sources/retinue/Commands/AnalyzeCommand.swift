internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel

/// `retinue analyze`: what is in a heap, from a file or from the collector.
enum AnalyzeCommand {
  private static let files = Argument.variadic(
    ValueKind<String>.file.named("FILE"),
    atLeast: 1,
    help:
      "a .heapsnapshot, .fxsnapshot, JavaScriptCore or native snapshot, also .zst and .gz; or a snapshot's id"
  )
  static let limit = Option.defaulted(
    "limit",
    short: "n",
    .integer(in: 1...8_192),
    to: 20,
    help: "classes and objects in the tables; JSON has all classes"
  )
  static let digests = Option.flag(
    "digests",
    help: "add digests of sizes, dominators and distances to the JSON"
  )

  static let conditions = Option.repeated(
    "where",
    ValueKind<String>.text.named("CONDITION"),
    help: "list single objects instead: those of which this is true; repeat it for more conditions"
  )
  static let sort = Option.optional(
    "sort",
    ValueKind<ObjectQuery.Order>.choice("ORDER"),
    help: "with --where: by retained size (as without it), self size, distance or id"
  )
  static let offset = Option.optional(
    "offset",
    .integer(in: 0...Int(UInt32.max)),
    help: "with --where: leave out so many objects, or paths, at the beginning"
  )

  static let paths = Option.flag(
    "paths",
    help: "with --where: list how the objects are held, all of them, instead of the objects"
  )

  static let duplicates = Option.flag(
    "duplicated-strings",
    help: "list texts that stand in the heap more than once instead"
  )

  static let allocations = Option.flag(
    "allocations",
    help: "of an allocation timeline: list what is alive by time, stack and class instead"
  )
  static let unreadVariables = Option.flag(
    "unread-variables",
    help: "of newer Chromium: list what closures keep and no living function reads instead"
  )
  private static let partial = Option.flag(
    "partial",
    help: "of a file that breaks off or is damaged: analyse what is there, and say what is missing"
  )

  static let command = Command(
    "analyze",
    summary: "Show what a snapshot holds: classes, largest objects, statistics",
    discussion: """
      The numbers are those of Chrome DevTools, for files that it opens and for larger ones. A \
      word that names no file and is an id, or its beginning, is a snapshot of the collector.

      Conditions of --where: \(ObjectCondition.forms.joined(separator: ", ")). In a PATTERN '*' stands \
      for any text and '?' for one character; sizes are such as 10KB, distances steps from a root. \
      'dominated-by' is what would go with one object, 'retained-through' what would go with all \
      objects of a class.

      With --paths the shortest retainer paths of all these objects, put together where they differ \
      in ids, indexes, counts and a dictionary's keys only. What only a debugger holds comes last. A \
      fingerprint is that of the path, the same in every process.

      With --partial a file that ends too early or is damaged is no error: what is in front of the \
      place is analysed, as far as objects have all their references, and the first lines, or \
      'partial' of the JSON, say where it breaks and what is left out.
      """,
    options: [
      limit, digests, partial, conditions, sort, offset, paths, duplicates, allocations,
      unreadVariables,
    ] + ClientOptions.all,
    arguments: [files],
    examples: [
      Command.Example("retinue analyze heap.heapsnapshot", "a file"),
      Command.Example("retinue analyze timeline.heapsnapshot --allocations", "who allocated it"),
      Command.Example("retinue analyze heap.heapsnapshot.zst --json | jq .statistics", "a number"),
      Command.Example(
        "retinue analyze heap.heapsnapshot --where 'class=*Session' --where 'retained>1MB'",
        "the large sessions"
      ),
      Command.Example(
        "retinue analyze heap.heapsnapshot --where class=Session --paths",
        "what holds the sessions"
      ),
    ]
  ) { arguments in
    let inputs = arguments[files]
    let list = try listing(arguments)
    // One for all files, so that each is read and analysed in the memory of the one before: 4 GiB
    // are that of a file of 2 GB.
    let analyzer = HeapAnalyzer(pool: MemoryPool(idleByteLimit: 4 << 30))
    if inputs.count > 1, arguments[ClientOptions.json] {
      throw UsageError("--json is one object, so it takes one FILE")
    }
    if arguments[digests], !arguments[ClientOptions.json] {
      throw UsageError("--digests are added to the JSON: give --json")
    }
    if arguments[partial], let id = inputs.first(where: { SnapshotArgument($0).id != nil }) {
      throw UsageError("--partial is of files, and '\(id)' is none")
    }
    for input in inputs {
      if inputs.count > 1 { printLines(["", input]) }
      if let list {
        let report = try await report(list, of: input, analyzer, arguments)
        if arguments[ClientOptions.json] { report.printJSON() } else { report.printText() }
      } else if let id = SnapshotArgument(input).id {
        try await analyze(id, arguments)
      } else {
        try analyze(file: input, analyzer, arguments)
      }
    }
    return .ok
  }

  private static func analyze(
    file: String,
    _ analyzer: HeapAnalyzer,
    _ arguments: ParsedArguments
  ) throws {
    let progress = ProgressLine()
    defer { progress.clear() }
    let snapshot = try LoadedSnapshot(
      file,
      analyzer: analyzer,
      mayBePartial: arguments[partial],
      progress: progress
    )
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

  /// The collector looks for objects itself; for other lists its snapshot is fetched.
  private static func report(
    _ list: Listing,
    of input: String,
    _ analyzer: HeapAnalyzer,
    _ arguments: ParsedArguments
  ) async throws -> any HeapReport {
    if let ask = list.question, let id = SnapshotArgument(input).id {
      let progress = ProgressLine()
      defer { progress.clear() }
      return try await CollectorClient.connected(arguments) { client in
        let id = try await client.snapshotID(beginningWith: id)
        progress.show("the collector looks through the snapshot")
        return try await ask(id, client)
      }
    }
    let heap = try await load(input, analyzer, arguments)
    let report = try list.report(on: heap, called: input, limit: arguments[limit])
    if !arguments[ClientOptions.json] { printLines(heap.graph.partial?.lines ?? []) }
    return report
  }

  /// A file, or a snapshot that is fetched from the collector whole.
  private static func load(
    _ input: String,
    _ analyzer: HeapAnalyzer,
    _ arguments: ParsedArguments
  ) async throws -> AnalyzedHeap {
    let progress = ProgressLine()
    defer { progress.clear() }
    guard let id = SnapshotArgument(input).id else {
      return try LoadedSnapshot(
        input,
        analyzer: analyzer,
        mayBePartial: arguments[partial],
        progress: progress
      ).heap
    }
    return try await CollectorClient.connected(arguments) { client in
      try await LoadedSnapshot(id, client, analyzer: analyzer, progress: progress).heap
    }
  }
}

internal import Collector
internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis
internal import JSONStream

/// Two sets of instances, class by class.
struct FleetComparisonReport {
  private var rows: [FleetClassRow] = []
  private var first = CompareFleetReply()
  private var notes: [String] = []
  /// What an instance is known by.
  private let source: String

  /// Of files here: each heap is loaded, and of it only the class table is kept.
  init(base: SnapshotFolder, main: SnapshotFolder) async throws {
    let (baseFiles, mainFiles) = (try base.files(), try main.files())
    let progress = ProgressLine()
    defer { progress.clear() }
    let analyzer = HeapAnalyzer()
    let histograms = try await SideBySide.map(baseFiles + mainFiles) { file in
      ClassHistogram(try LoadedSnapshot(file, analyzer: analyzer, progress: progress).heap)
    }
    let comparison = FleetComparison(
      base: Array(histograms.prefix(baseFiles.count)),
      main: Array(histograms.dropFirst(baseFiles.count))
    )
    rows = comparison.rows.map(FleetClassRow.init)
    notes = comparison.notes
    first.baseInstances = UInt32(clamping: baseFiles.count)
    first.mainInstances = UInt32(clamping: mainFiles.count)
    source = "its file"
  }

  /// Asks for all pages.
  init(base: String, main: String, _ client: CollectorClient) async throws {
    var request = CompareFleetRequest(baseSelector: base, mainSelector: main)
    var first: CompareFleetReply?
    var notes: [String] = []
    rows = try await client.pages { cursor in
      request.cursor = cursor
      let page = try await client.ask(
        FleetMethods.Queries.compareFleet,
        request,
        within: .seconds(120)
      )
      if first == nil { first = page }
      for note in page.notes where !notes.contains(note) { notes.append(note) }
      return (page.classes, page.nextCursor)
    }
    if let first { self.first = first }
    self.notes = notes
    source = "its latest snapshot"
  }

  func printJSON() {
    JSONOutput.object { json in
      json.field("baseInstances", first.baseInstances)
      json.field("mainInstances", first.mainInstances)
      json.field("notes", notes)
      json.array("classes", rows) { json, row in
        json.object { json in
          json.field("key", row.key)
          json.field("name", row.name)
          json.field("baseMedianCount", row.knownBaseCount)
          json.field("mainMedianCount", row.knownMainCount)
          json.field("baseMedianSize", row.knownBaseSize)
          json.field("mainMedianSize", row.knownMainSize)
          json.field("mainInstancesAbove", row.mainInstancesAbove)
          json.field("significant", row.significant)
        }
      }
    }
  }

  func printText(limit: Int) {
    printLines([
      "Base: \(first.baseInstances), main: \(first.mainInstances), each by \(source); the "
        + "figures are medians, GROWN counts instances of main beyond what base explains.",
      "",
    ])
    var table = TextTable([
      .text("CLASS"), .number("BASE"), .number("MAIN"), .number("BASE SIZE"), .number("MAIN SIZE"),
      .number("GROWN"), .init("SIGNIFICANT"),
    ])
    for row in rows.prefix(limit) {
      table.append([
        .init(row.name), .init(Self.count(row.knownBaseCount)),
        .init(Self.count(row.knownMainCount)), .init(Self.bytes(row.knownBaseSize)),
        .init(Self.bytes(row.knownMainSize)),
        .init("\(row.mainInstancesAbove) of \(first.mainInstances)"),
        row.significant ? .init("yes", .yellow) : .init("no"),
      ])
    }
    table.print(orElse: "No class differs.")
    if rows.count > limit { printLines(["… \(rows.count - limit) more classes"]) }
    printLines(notes.map { "Note: \($0)" })
  }

  private static func count(_ median: Double?) -> String {
    median.map { HumanText.count($0) } ?? HumanText.unknown
  }

  private static func bytes(_ median: Double?) -> String {
    median.map { HumanText.bytes($0) } ?? HumanText.unknown
  }
}

extension FleetClassRow {
  /// The medians, nil where they are not known.
  fileprivate var knownBaseCount: Double? { isBaseUnknown ? nil : baseMedianCount }
  fileprivate var knownMainCount: Double? { isMainUnknown ? nil : mainMedianCount }
  fileprivate var knownBaseSize: Double? { isBaseUnknown ? nil : baseMedianSize }
  fileprivate var knownMainSize: Double? { isMainUnknown ? nil : mainMedianSize }
}

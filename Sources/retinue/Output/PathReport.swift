internal import Collector
internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel
internal import JSONStream

/// What `retinue analyze --where … --paths` found, from a file or from the collector, in one form
/// for both.
struct PathReport: HeapReport {
  private let partial: PartialReading?
  /// As they were written.
  private let conditions: [String]
  private let offset: Int
  private var found: FindPathsReply

  /// - Throws: what a condition asks that the heap does not tell.
  init(
    _ heap: AnalyzedHeap,
    _ conditions: [String],
    _ query: PathQuery
  ) throws(HeapAnalysis.QueryError) {
    partial = heap.graph.partial
    self.conditions = conditions
    offset = query.offset
    found = FindPathsReply(try heap.paths(query))
  }

  /// Of a snapshot that the collector holds, which looks for the objects itself.
  ///
  /// - Throws: `UsageError` for conditions that its protocol would cut off.
  init(
    _ id: String,
    _ client: CollectorClient,
    _ conditions: [String],
    _ query: PathQuery
  ) async throws {
    try SelectionReport.check(conditions)
    partial = nil
    self.conditions = conditions
    offset = query.offset
    found = FindPathsReply()
    repeat {
      let page = try await client.ask(
        FleetMethods.Queries.findPaths,
        FindPathsRequest(
          snapshotID: id,
          conditions: conditions,
          offset: UInt64(query.offset + found.paths.count),
          limit: UInt32(min(query.limit - found.paths.count, FleetLimits.rows)),
          waitMilliseconds: 60_000
        ),
        within: .seconds(90)
      )
      let known = found.paths
      found = page
      found.paths = known + page.paths
      if page.paths.isEmpty { break }
    } while found.paths.count < query.limit
      && UInt64(query.offset + found.paths.count) < found.pathCount
  }

  func printJSON() {
    JSONOutput.object { json in
      json.field("engine", found.engine)
      json.partial(partial)
      json.field("where", conditions)
      json.object("matched") { json in
        json.field("count", found.count)
        json.field("selfSize", found.selfSize)
        json.field("retainedSize", found.retainedSize)
      }
      json.object("pathless") { json in
        json.field("count", found.pathlessCount)
        json.field("selfSize", found.pathlessSelfSize)
      }
      json.field("pathCount", found.pathCount)
      json.field("offset", offset)
      json.array("paths", found.paths) { json, path in
        json.object { json in
          json.field("fingerprint", path.fingerprint)
          json.field("origin", path.origin)
          json.field("retainerPath", path.steps)
          json.field("count", path.count)
          json.field("selfSize", path.selfSize)
          json.field("retainedSize", path.retainedSize)
          json.field("exampleID", path.exampleID)
        }
      }
    }
  }

  func printText() {
    printLines([
      "\(HumanText.count(found.count)) objects, all looked at · "
        + "\(HumanText.count(found.pathCount)) \(found.pathCount == 1 ? "path" : "paths") · "
        + "\(HumanText.bytes(found.selfSize)) of their own · "
        + "\(HumanText.bytes(found.retainedSize)) kept alive"
    ])
    if found.pathlessCount > 0 {
      printLines([
        "\(HumanText.count(found.pathlessCount)) of them, "
          + "\(HumanText.bytes(found.pathlessSelfSize)), are kept alive by nothing"
      ])
    }
    for (index, path) in found.paths.enumerated() { print(path, number: offset + index + 1) }
    if found.paths.isEmpty {
      printLines(["", found.count == 0 ? "No object is so." : "No more paths."])
    }
    let shown = UInt64(offset + found.paths.count)
    if shown < found.pathCount, !found.paths.isEmpty {
      printLines(["", "… \(found.pathCount - shown) more: --offset \(shown)"])
    }
  }

  private func print(_ path: FoundPath, number: Int) {
    var text = FindingText(
      heading:
        "\(number). \(HumanText.count(path.count)) \(path.count == 1 ? "object" : "objects")",
      "\(HumanText.bytes(path.selfSize)) of their own, "
        + "\(HumanText.bytes(path.retainedSize)) kept alive, such as @\(path.exampleID)"
    )
    text.add("note", Self.note(origin: path.origin))
    text.addPath(path.steps, orElse: "nothing: it is the root")
    text.add("path", path.fingerprint)
    text.print()
  }

  /// What to know of a path that does not begin in the program.
  private static func note(origin: String) -> String {
    switch origin {
    case RetainerPath.Origin.tooling.name:
      "only a debugger holds these: its console, or the stack of whoever took the snapshot"
    case RetainerPath.Origin.unknownHolder.name:
      "the snapshot does not tell what holds the first of these, such as a Map or a Set"
    case RetainerPath.Origin.pending.name:
      "held by a timer or another callback that waits, perhaps for a moment only"
    default: ""
    }
  }
}

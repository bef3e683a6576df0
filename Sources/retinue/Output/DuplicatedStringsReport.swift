internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel
internal import JSONStream

/// What `retinue analyze --duplicated-strings` found.
struct DuplicatedStringsReport: HeapReport {
  private let engine: String
  private let partial: PartialReading?
  private let groups: [DuplicatedStrings.Group]
  private let limit: Int

  /// - Throws: where the snapshot has no texts.
  init(_ heap: AnalyzedHeap, limit: Int) throws(QueryError) {
    engine = heap.graph.engine.name
    partial = heap.graph.partial
    groups = try DuplicatedStrings(heap).groups
    self.limit = limit
  }

  private var wastedSize: UInt64 { groups.reduce(0) { $0 &+ $1.wastedSize } }
  private var count: Int { groups.reduce(0) { $0 + $1.count } }

  func printJSON() {
    JSONOutput.object { json in
      json.field("engine", engine)
      json.partial(partial)
      json.object("duplicated") { json in
        json.field("texts", groups.count)
        json.field("count", count)
        json.field("wastedSize", wastedSize)
      }
      json.array("strings", groups.prefix(limit)) { json, group in
        json.object { json in
          json.field("text", group.text)
          json.field("count", group.count)
          json.field("selfSize", group.selfSize)
          json.field("retainedSize", group.retainedSize)
          json.field("wastedSize", group.wastedSize)
          json.field("exampleID", group.exampleID)
        }
      }
    }
  }

  func printText() {
    printLines([
      "\(HumanText.count(count)) strings of \(HumanText.count(groups.count)) texts · "
        + "\(HumanText.bytes(wastedSize)) would be saved by one of each",
      "",
    ])
    var table = TextTable([
      .text("TEXT"), .number("COPIES"), .number("SELF"), .number("WASTED"), .init("ONE OF THEM"),
    ])
    for group in groups.prefix(limit) {
      table.append([
        .init(group.text), .init(HumanText.count(group.count)),
        .init(HumanText.bytes(group.selfSize)), .init(HumanText.bytes(group.wastedSize)),
        .init("@\(group.exampleID)"),
      ])
    }
    table.print(orElse: "No text stands in this heap twice.")
    if groups.count > limit { printLines(["… \(groups.count - limit) more texts"]) }
  }
}

internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel
internal import JSONStream

/// What `retinue analyze --where` found.
struct SelectionReport: HeapReport {
  private let engine: String
  private let partial: PartialReading?
  /// As they were written.
  private let conditions: [String]
  private let query: ObjectQuery
  private let found: ObjectSelection

  /// - Throws: what a condition asks that the heap does not tell.
  init(_ heap: AnalyzedHeap, _ conditions: [String], _ query: ObjectQuery) throws {
    engine = heap.graph.engine.name
    partial = heap.graph.partial
    self.conditions = conditions
    self.query = query
    found = try heap.select(query)
  }

  func printJSON() {
    JSONOutput.object { json in
      json.field("engine", engine)
      json.partial(partial)
      json.field("where", conditions)
      json.object("matched") { json in
        json.field("count", found.count)
        json.field("selfSize", found.selfSize)
        json.field("retainedSize", found.retainedSize)
      }
      json.array("classes", found.classes) { json, row in
        json.object { json in
          json.field("name", row.name)
          json.field("count", row.count)
          json.field("selfSize", row.selfSize)
        }
      }
      json.field("sort", query.order.rawValue)
      json.field("offset", query.offset)
      json.array("objects", found.page) { json, object in
        json.object { json in
          json.field("id", object.row.id)
          json.field("name", object.row.name)
          json.field("class", object.row.className)
          json.field("type", object.kind.name)
          json.field("selfSize", object.row.selfSize)
          json.field("retainedSize", object.row.retainedSize)
          json.field("distance", object.row.distance)
        }
      }
    }
  }

  func printText() {
    printLines([
      "\(HumanText.count(found.count)) objects of \(HumanText.count(found.classes.count)) classes · "
        + "\(HumanText.bytes(found.selfSize)) of their own · "
        + "\(HumanText.bytes(found.retainedSize)) kept alive",
      "",
    ])
    var table = TextTable([
      .text("OBJECT"), .text("CLASS"), .init("TYPE"), .init("ID"), .number("SELF"),
      .number("RETAINED"), .number("DISTANCE"),
    ])
    for object in found.page {
      table.append([
        .init(object.row.name), .init(object.row.className), .init(object.kind.name),
        .init("@\(object.row.id)"), .init(HumanText.bytes(object.row.selfSize)),
        .init(HumanText.bytes(object.row.retainedSize)),
        .init(HumanText.distance(object.row.distance)),
      ])
    }
    table.print(orElse: found.count == 0 ? "No object is so." : "No more objects.")
    let shown = query.offset + found.page.count
    if shown < found.count, !found.page.isEmpty {
      printLines(["… \(found.count - shown) more: --offset \(shown)"])
    }
  }
}

internal import Collector
internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel
internal import JSONStream

/// What `retinue analyze --where` found, from a file or from the collector, in one form for both.
struct SelectionReport: HeapReport {
  private let partial: PartialReading?
  /// As they were written.
  private let conditions: [String]
  private let query: ObjectQuery
  private var found: FindObjectsReply

  /// - Throws: what a condition asks that the heap does not tell.
  init(
    _ heap: AnalyzedHeap,
    _ conditions: [String],
    _ query: ObjectQuery
  ) throws(HeapAnalysis.QueryError) {
    partial = heap.graph.partial
    self.conditions = conditions
    self.query = query
    found = FindObjectsReply(try heap.select(query))
  }

  /// Of a snapshot that the collector holds, which looks for the objects itself.
  ///
  /// - Throws: `UsageError` for conditions that its protocol would cut off.
  init(
    _ id: String,
    _ client: CollectorClient,
    _ conditions: [String],
    _ query: ObjectQuery
  ) async throws {
    try Self.check(conditions)
    partial = nil
    self.conditions = conditions
    self.query = query
    found = FindObjectsReply()
    repeat {
      let page = try await client.ask(
        FleetMethods.Queries.findObjects,
        FindObjectsRequest(
          snapshotID: id,
          conditions: conditions,
          order: query.order.rawValue,
          offset: UInt64(query.offset + found.objects.count),
          limit: UInt32(min(query.limit - found.objects.count, FleetLimits.rows)),
          waitMilliseconds: 60_000
        ),
        within: .seconds(90)
      )
      let known = found.objects
      found = page
      found.objects = known + page.objects
      if page.objects.isEmpty { break }
    } while found.objects.count < query.limit
      && UInt64(query.offset + found.objects.count) < found.count
  }

  /// - Throws: `UsageError` for conditions that the collector's protocol would cut off.
  static func check(_ conditions: [String]) throws(UsageError) {
    guard conditions.count <= FleetLimits.conditions else {
      throw UsageError(
        "the collector takes at most \(FleetLimits.conditions) conditions of --where"
      )
    }
    guard conditions.allSatisfy({ $0.utf8.count <= FleetLimits.text }) else {
      throw UsageError("the collector takes conditions of at most \(FleetLimits.text) bytes")
    }
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
      json.array("classes", found.classes) { json, row in
        json.object { json in
          json.field("name", row.name)
          json.field("count", row.count)
          json.field("selfSize", row.selfSize)
        }
      }
      json.field("sort", query.order.rawValue)
      json.field("offset", query.offset)
      json.array("objects", found.objects) { json, object in
        json.object { json in
          json.field("id", object.row.id)
          json.field("name", object.row.name)
          json.field("class", object.row.className)
          json.field("type", object.type)
          json.field("selfSize", object.row.selfSize)
          json.field("retainedSize", object.row.retainedSize)
          json.field("distance", object.row.distance)
        }
      }
    }
  }

  func printText() {
    printLines([
      "\(HumanText.count(found.count)) objects of \(HumanText.count(found.classCount)) classes · "
        + "\(HumanText.bytes(found.selfSize)) of their own · "
        + "\(HumanText.bytes(found.retainedSize)) kept alive",
      "",
    ])
    var table = TextTable([
      .text("OBJECT"), .text("CLASS"), .init("TYPE"), .init("ID"), .number("SELF"),
      .number("RETAINED"), .number("DISTANCE"),
    ])
    for object in found.objects {
      table.append([
        .init(object.row.name), .init(object.row.className), .init(object.type),
        .init("@\(object.row.id)"), .init(HumanText.bytes(object.row.selfSize)),
        .init(HumanText.bytes(object.row.retainedSize)),
        .init(HumanText.distance(object.row.distance)),
      ])
    }
    table.print(orElse: found.count == 0 ? "No object is so." : "No more objects.")
    let shown = UInt64(query.offset + found.objects.count)
    if shown < found.count, !found.objects.isEmpty {
      printLines(["… \(found.count - shown) more: --offset \(shown)"])
    }
  }
}

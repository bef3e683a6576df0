internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel
internal import JSONStream

/// What a snapshot holds that was allocated between two others, by class: Chrome DevTools' view of
/// that name.
struct AllocatedBetweenReport {
  private let inputs: [String]
  /// Objects have larger ids than this one.
  private let after: UInt64
  /// And none larger than this one.
  private let until: UInt64
  private let classes: [ClassRow]

  /// - Parameter heaps: in their order, two or three; of two the last is the second as well.
  /// - Throws: `ClientError` where ids do not tell the order of allocations.
  init(_ inputs: [String], _ heaps: [AnalyzedHeap]) throws(ClientError) {
    let last = heaps[heaps.count - 1]
    for (input, heap) in zip(inputs, heaps) {
      guard heap.graph.engine == .v8 else {
        throw ClientError("\(input): only V8 gives out ids in the order of allocations")
      }
      guard ObjectIdentity.areIDsComparable(heap, last) else {
        throw ClientError(
          "\(input): its ids are not those of \(inputs[inputs.count - 1]), so they do not tell what "
            + "was allocated later"
        )
      }
    }
    let largest = heaps.map(\.largestObjectID)
    guard zip(largest, largest.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw ClientError("give the snapshots in the order in which they were taken")
    }
    self.inputs = inputs
    after = heaps[0].largestObjectID
    until = heaps[1].largestObjectID
    classes = last.classes(allocatedAfter: after, until: until)
  }

  private var count: Int { classes.reduce(0) { $0 + $1.count } }

  private var selfSize: UInt64 { classes.reduce(0) { $0 &+ $1.selfSize } }

  func printJSON() {
    JSONOutput.object { json in
      json.field("inputs", inputs)
      json.object("allocated") { json in
        json.field("afterID", after)
        json.field("untilID", until)
        json.field("count", count)
        json.field("selfSize", selfSize)
      }
      json.array("classes", classes) { json, row in
        json.object { json in
          json.field("key", row.key)
          json.field("name", row.name)
          json.field("count", row.count)
          json.field("selfSize", row.selfSize)
          json.field("retainedSize", row.retainedSize)
          json.field("distance", row.distance)
        }
      }
    }
  }

  func printText(limit: Int) {
    printLines([
      "In \(inputs[inputs.count - 1]), allocated after \(inputs[0])"
        + (inputs.count > 2 ? " and until \(inputs[1])" : "") + ": "
        + "\(HumanText.count(count)) objects, \(HumanText.bytes(selfSize)) of their own "
        + "(ids above @\(after), up to @\(until))",
      "",
    ])
    var table = TextTable([
      .text("CLASS"), .number("OBJECTS"), .number("SELF"), .number("RETAINED"),
      .number("DISTANCE"),
    ])
    for row in classes.prefix(limit) {
      table.append([
        .init(row.name), .init(HumanText.count(row.count)), .init(HumanText.bytes(row.selfSize)),
        .init(HumanText.bytes(row.retainedSize)), .init(HumanText.distance(row.distance)),
      ])
    }
    table.print(orElse: "Nothing.")
    if classes.count > limit { printLines(["… \(classes.count - limit) more classes"]) }
  }
}

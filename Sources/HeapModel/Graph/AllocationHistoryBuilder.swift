/// Puts together what V8's sections `samples`, `trace_function_infos` and `trace_tree` and the
/// nodes' field `trace_node_id` say of allocations.
///
/// The number of functions in V8's header is not believed: it counts those of another moment.
final class AllocationHistoryBuilder {
  private enum Part {
    case samples(microseconds: Int, lastID: Int)
    case functions(name: Int, script: Int, line: Int, column: Int)
    case tree
  }

  private var part: Part?
  private var samples: [AllocationHistory.Sample] = []
  private var functions: [AllocationHistory.Function] = []
  private var tree = TraceTreeReader()
  private var hasTree = false
  /// The number of each node's site, 0 for none; nil as long as none has one.
  private var identifiers: FlatArray<UInt64>?

  /// A section begins; of those that are none of ours nothing is taken.
  func begin(_ section: SnapshotSection) {
    func column(_ name: String) -> Int? { section.fields.firstIndex { $0.name == name } }
    part = nil
    switch (section.name, section.content) {
    case ("samples", .rows):
      guard let time = column("timestamp_us"), let last = column("last_assigned_id") else { return }
      part = .samples(microseconds: time, lastID: last)
    case ("trace_function_infos", .rows):
      guard let name = column("name"), let script = column("script_name"),
        let line = column("line"), let place = column("column")
      else { return }
      part = .functions(name: name, script: script, line: line, column: place)
    case ("trace_tree", .raw) where hasTree == false:
      part = .tree
      hasTree = true
    default: return
    }
  }

  func add(_ batch: ColumnBatch) throws(SnapshotError) {
    switch part {
    case .samples(let microseconds, let lastID):
      let (times, ids) = (batch.column(microseconds), batch.column(lastID))
      for row in 0..<batch.rowCount {
        guard let time = UInt64(exactly: times[row]), let id = UInt64(exactly: ids[row]) else {
          throw SnapshotError(.malformed, "a sample at \(times[row]) with id \(ids[row])")
        }
        samples.append(AllocationHistory.Sample(microseconds: time, lastID: id))
      }
    case .functions(let name, let script, let line, let column):
      for row in 0..<batch.rowCount {
        functions.append(
          AllocationHistory.Function(
            name: try Self.narrow(batch.column(name)[row], "name"),
            script: try Self.narrow(batch.column(script)[row], "script"),
            line: try Self.narrow(batch.column(line)[row], "line"),
            column: try Self.narrow(batch.column(column)[row], "column")
          )
        )
      }
    case .tree, nil: return
    }
  }

  func add(text: UnsafeRawBufferPointer) throws(SnapshotError) {
    if case .tree = part { try tree.consume(text) }
  }

  /// - Parameter count: how many nodes came before these.
  func add(
    siteNumbers numbers: UnsafeBufferPointer<Int64>,
    after count: Int
  ) throws(SnapshotError) {
    if identifiers == nil {
      // Nearly all snapshots have none, and then nothing is kept of the field.
      guard numbers.reduce(0, |) != 0 else { return }
      identifiers = FlatArray(repeating: 0, count: count)
    }
    guard let identifiers else { return }
    try numbers.narrow(into: identifiers.grow(by: numbers.count), "trace_node_id")
  }

  /// Forgets what was said of nodes from `count` on.
  func truncate(toNodeCount count: Int) {
    if let identifiers, identifiers.count > count { identifiers.truncate(to: count) }
  }

  /// - Returns: nil where the snapshot says nothing of allocations.
  /// - Throws: `malformed` where the parts do not fit together.
  func makeHistory(
    nodeCount: Int,
    nameCount: Int
  ) throws(SnapshotError) -> AllocationHistory? {
    if hasTree { try tree.finish() }
    guard samples.isEmpty == false || tree.sites.isEmpty == false else { return nil }
    for function in functions {
      let name = max(function.name, function.script)
      guard Int(name) < nameCount else {
        throw SnapshotError(.malformed, "a function with name \(name) of \(nameCount)")
      }
    }
    if let identifiers, identifiers.count != nodeCount {
      let message = "allocations of \(identifiers.count) nodes, but there are \(nodeCount)"
      throw SnapshotError(.malformed, message)
    }
    for site in tree.sites where Int(site.function) >= functions.count {
      let message = "an allocation by function \(site.function) of \(functions.count)"
      throw SnapshotError(.malformed, message)
    }
    return AllocationHistory(
      samples: samples,
      functions: functions,
      sites: tree.sites,
      siteOfNode: try identifiers.map(sites)
    )
  }

  /// The place of each node's site.
  private func sites(_ identifiers: FlatArray<UInt64>) throws(SnapshotError) -> FlatArray<UInt32> {
    var places: [UInt64: UInt32] = [:]
    for (place, site) in tree.sites.enumerated() {
      guard places.updateValue(UInt32(place), forKey: site.identifier) == nil else {
        throw SnapshotError(.malformed, "two allocation stacks have number \(site.identifier)")
      }
    }
    places[0] = nil
    let sites = FlatArray<UInt32>(capacity: identifiers.count)
    for identifier in identifiers.elements {
      sites.append(places[identifier] ?? AllocationHistory.noSite)
    }
    return sites
  }

  private static func narrow<Number: FixedWidthInteger>(
    _ value: Int64,
    _ field: String
  ) throws(SnapshotError) -> Number {
    guard let number = Number(exactly: value) else {
      throw SnapshotError(.malformed, "a function's \(field) \(value) is out of range")
    }
    return number
  }
}

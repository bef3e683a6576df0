internal import HeapModel
internal import JSONStream

extension PartialReading {
  /// What stands above every text on a part of a snapshot.
  var lines: [String] {
    var omitted: [String] = []
    if omittedNodeCount > 0 {
      omitted.append("\(HumanText.count(omittedNodeCount)) objects of which references are missing")
    }
    if omittedEdgeCount > 0 {
      omitted.append("\(HumanText.count(omittedEdgeCount)) references of and to missing objects")
    }
    if lacksNames { omitted.append("names") }
    var lines = ["PARTIAL · breaks at byte \(byteOffset): \(reason)"]
    if !omitted.isEmpty { lines.append("left out: \(omitted.joined(separator: " · "))") }
    if let declaredNodeCount {
      lines.append("the whole would have \(HumanText.count(declaredNodeCount)) objects")
    }
    return lines + [""]
  }
}

extension JSONWriter {
  /// A member that only a part of a snapshot has.
  mutating func partial(_ partial: PartialReading?) {
    guard let partial else { return }
    object("partial") { $0.fields(of: partial) }
  }

  mutating func fields(of partial: PartialReading) {
    field("byteOffset", partial.byteOffset)
    field("reason", partial.reason)
    field("declaredNodeCount", partial.declaredNodeCount)
    field("omittedNodeCount", partial.omittedNodeCount)
    field("omittedEdgeCount", partial.omittedEdgeCount)
    field("lacksNames", partial.lacksNames)
  }
}

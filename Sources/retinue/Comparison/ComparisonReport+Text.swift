internal import FleetProtocol
internal import CommandLineArguments
internal import HeapAnalysis

extension ComparisonReport {
  func printText(limit: Int) {
    for part in parts { printLines([part.input] + part.reading.lines) }
    let way = note.isEmpty ? "objects followed by id" : note
    printLines(["\(inputs[0]) → \(inputs[inputs.count - 1]) · \(way)", ""])
    var table = TextTable([
      .text("CLASS"), .number("NEW"), .number("GONE"), .number("CHANGE"), .number("NEW SIZE"),
      .number("GONE SIZE"), .number("CHANGE"),
    ])
    for row in rows.prefix(limit) {
      table.append([
        .init(row.name), .init(HumanText.count(row.addedCount)),
        .init(HumanText.count(row.removedCount)),
        .init(Readable.change(ofCount: Int(row.countDelta))),
        .init(HumanText.bytes(row.addedSize)), .init(HumanText.bytes(row.removedSize)),
        .init(Readable.change(ofBytes: Int(row.sizeDelta))),
      ])
    }
    table.print(orElse: "Nothing changed.")
    if rows.count > limit { printLines(["… \(rows.count - limit) more classes"]) }
    if isSeries, parts.isEmpty { printGrowing() }
    for failure in failures {
      printLines([
        "FAILED \(failure.rule.text): \(failure.name) grew by "
          + "\(Readable.change(ofCount: Int(failure.countDelta))) objects, "
          + "\(Readable.change(ofBytes: Int(failure.sizeDelta)))"
      ])
    }
  }

  private func printGrowing() {
    let floor = HumanText.bytes(floor)
    guard !growing.isEmpty else {
      printLines(["", "Nothing grew on every step by \(floor) and more."])
      return
    }
    printLines(["", "Grew on every step, by \(floor) and more:"])
    for (index, finding) in growing.enumerated() {
      let steps = zip(finding.objectsPerStep, finding.bytesPerStep).map { objects, bytes in
        "\(Readable.change(ofCount: objects)) objects (+\(HumanText.bytes(bytes)))"
      }
      var lines = ["", "\(index + 1). \(finding.className)  (\(finding.certainty.rawValue))"]
      lines += HumanText.sentences(finding.explanation).map { "   " + $0 }
      lines += [
        "   per step  \(steps.joined(separator: ", "))",
        "   rule      \(finding.rule): \(finding.evidence)",
      ]
      if !finding.retainerPath.isEmpty {
        lines.append("   held by, from a root:")
        lines += finding.retainerPath.enumerated().map { depth, step in
          String(repeating: " ", count: 5 + min(depth, 20)) + step
        }
      }
      printLines(lines)
    }
  }
}

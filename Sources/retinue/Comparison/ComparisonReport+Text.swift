internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis

extension ComparisonReport {
  private static let why = "kinds of objects with this name overwrite each other there"

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
    let partial = rows.prefix(limit).filter(\.isPartialInDevTools).distinct(\.name)
    printLines(partial.map { "\($0): DevTools compares only some of these; \(Self.why)" })
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
    if growing.isEmpty {
      printLines(["", "Nothing grew on every step by \(floor) and more."])
    } else {
      printLines(["", "Grew on every step, by \(floor) and more:"])
    }
    for (index, finding) in growing.enumerated() { print(finding, number: index + 1) }
    guard !tooling.isEmpty else { return }
    printLines(["", FindingText.toolingHeading])
    for (index, finding) in tooling.enumerated() {
      print(finding, number: growing.count + index + 1)
    }
  }

  private func print(_ finding: Finding, number: Int) {
    let objects = finding.objectsPerStep.map { UInt64(clamping: $0) }
    var text = FindingText(
      number: number,
      className: finding.className,
      certainty: finding.certainty.rawValue,
      objectsPerStep: objects,
      retainedSize: finding.retainedSize
    )
    text.add(
      LeakWords(
        growth: finding.words.growth,
        cause: finding.words.cause,
        remedy: finding.words.remedy,
        evidence: finding.words.evidence
      )
    )
    text.add(finding.position, companions: finding.companions)
    text.addSteps(objects, finding.bytesPerStep)
    text.addPath(finding.retainerPath, orElse: "")
    text.add("rule", finding.rule)
    text.print()
  }
}

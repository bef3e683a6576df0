internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// Findings, for people and for scripts.
struct LeakReport {
  var findings: [LeakFinding] = []
  /// What only a debugger or its console keeps: no leaks of the program.
  var tooling: [LeakFinding] = []
  var targetsExamined: UInt32 = 0
  /// What could not be examined, and why.
  var notes: [String] = []

  // MARK: - JSON

  func printJSON() {
    JSONOutput.object { json in
      json.array("findings", findings) { json, finding in
        json.object { Self.write(finding, to: &$0) }
      }
      json.array("tooling", tooling) { json, finding in
        json.object { Self.write(finding, to: &$0) }
      }
      json.field("targetsExamined", targetsExamined)
      json.field("notes", notes)
    }
  }

  private static func write(_ finding: LeakFinding, to json: inout JSONWriter) {
    json.field("fingerprint", finding.fingerprint)
    json.field("family", finding.family)
    json.field("rule", finding.rule)
    json.field("class", finding.className)
    json.field("position", finding.position)
    json.field("companions", finding.companions)
    json.field("certainty", finding.certainty)
    let words = LeakWords(lines: finding.explanation)
    json.field("explanation", words.text)
    json.field("growth", words.growth)
    json.field("cause", words.cause)
    json.field("remedy", words.remedy)
    json.field("evidence", words.evidence)
    json.field("objectsPerStep", finding.objectsPerStep)
    json.field("bytesPerStep", finding.bytesPerStep)
    json.field("retainedSize", finding.retainedSize)
    json.field("instances", finding.sites.distinct { $0.instance })
    json.field("versions", finding.sites.distinct { $0.version })
    json.field("retainerPath", finding.retainerPath)
    json.optional("pathNote", finding.pathNote)
    json.field("comparedByID", finding.comparedByID)
    json.optional("idNote", finding.idNote)
    json.time("firstSeen", finding.firstSeen)
    json.time("lastSeen", finding.lastSeen)
    json.array("sites", finding.sites) { json, site in json.object { write(site, to: &$0) } }
    json.array("clean", finding.clean) { json, site in json.object { write(site, to: &$0) } }
  }

  private static func write(_ site: LeakSite, to json: inout JSONWriter) {
    json.field("targetID", site.targetID.description)
    json.field("service", site.service)
    json.field("version", site.version)
    json.field("instance", site.instance)
    json.field("runtime", site.runtime)
    json.optional("snapshotID", site.snapshotID)
    json.field("objectsPerStep", site.objectsPerStep)
    json.field("bytesPerStep", site.bytesPerStep)
  }

  // MARK: - Text

  func printText() {
    let count = findings.count
    let targets = "\(targetsExamined) \(targetsExamined == 1 ? "target" : "targets")"
    switch (count, targetsExamined) {
    case (0, 0): printLines(["Nothing was examined: there are no snapshots to compare."])
    case (0, _): printLines(["No leak in \(targets)."])
    default: printLines(["\(count) \(count == 1 ? "leak" : "leaks") in \(targets), gravest first."])
    }
    for (index, finding) in findings.enumerated() { print(finding, number: index + 1) }
    if !tooling.isEmpty { printLines(["", FindingText.toolingHeading]) }
    for (index, finding) in tooling.enumerated() {
      print(finding, number: findings.count + index + 1)
    }
    if !notes.isEmpty { printLines([""] + notes.map { "Note: \($0)" }) }
  }

  private func print(_ finding: LeakFinding, number: Int) {
    var text = FindingText(
      number: number,
      className: finding.className,
      certainty: finding.certainty,
      objectsPerStep: finding.objectsPerStep,
      retainedSize: finding.retainedSize
    )
    text.add(LeakWords(lines: finding.explanation))
    text.add(finding.position, companions: finding.companions)
    text.addSteps(finding.objectsPerStep, finding.bytesPerStep)
    text.add("leaks on", lines: Self.sites(finding.sites))
    text.add("not on", lines: Self.sites(finding.clean))
    text.addPath(finding.retainerPath, orElse: finding.pathNote)
    text.add("rule", finding.rule)
    text.add("seen", Self.time(finding))
    text.add("by class", finding.idNote)
    text.add("finding", finding.fingerprint)
    text.print()
  }

  private static func time(_ finding: LeakFinding) -> String {
    let first = HumanText.time(finding.firstSeen)
    let last = HumanText.time(finding.lastSeen)
    return (first == last ? "\(first) UTC, " : "\(first) to \(last) UTC, ")
      + (finding.comparedByID ? "objects followed by id" : "compared by class")
  }

  /// A line for each service and version: `checkout 1.4.2: web-1, web-2`.
  private static func sites(_ sites: [LeakSite]) -> [String] {
    let groups = Dictionary(grouping: sites) { site in
      [site.service, site.version].filter { !$0.isEmpty }.joined(separator: " ")
    }
    return groups.sorted { $0.key < $1.key }.map { group in
      let shown = group.value.map { $0.instance.isEmpty ? ShortID.text($0.targetID) : $0.instance }
      let instances = shown.sorted().prefix(8).joined(separator: ", ")
      let more = shown.count > 8 ? " and \(shown.count - 8) more" : ""
      return "\(HumanText.label(group.key)): \(instances)\(more)"
    }
  }
}

extension Sequence {
  /// The different values, in the order in which they first appear.
  func distinct<Value: Hashable>(_ value: (Element) -> Value) -> [Value] {
    var seen: Set<Value> = []
    return compactMap { element in
      let value = value(element)
      return seen.insert(value).inserted ? value : nil
    }
  }
}

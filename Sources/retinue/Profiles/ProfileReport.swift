internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// What a sampling window came to: the merged profile, and each target's part in it.
struct ProfileReport {
  var targets: [TargetEvent]
  var mergedTargets: UInt32 = 0
  /// Sampled as well, but of all that was allocated, where the others are of what is alive.
  var leftOutTargets: UInt32 = 0
  /// Nil where no target was sampled.
  var profile: SamplingProfile?
  /// Where it was written, if it was.
  var file: (path: String, byteCount: UInt64)?

  init(targets: [TargetEvent]) {
    self.targets = targets
  }

  /// Whether all that could be sampled was.
  var isComplete: Bool {
    profile != nil && targets.allSatisfy { $0.state == .done || $0.isNotSupported }
  }

  /// What a tool shows as the profile's name.
  var name: String {
    let services = targets.filter { $0.state == .done }.distinct(\.service)
    return (services + ["heap"]).joined(separator: " ")
  }

  // MARK: - JSON

  func printJSON() {
    JSONOutput.object { json in
      let sites = profile.map(AllocationSites.init)
      json.field("totalSize", sites?.totalSize)
      json.field("intervalBytes", profile?.intervalBytes)
      json.time("startedAt", profile?.startedAt ?? 0)
      json.time("endedAt", profile?.endedAt ?? 0)
      json.field("mergedTargets", mergedTargets)
      json.field("leftOutTargets", leftOutTargets)
      json.optional("measure", profile.map { $0.measure == .alive ? "alive" : "allocated" })
      json.optional("path", file?.path)
      json.array("sites", sites?.sites ?? []) { json, site in
        json.object { json in
          Self.write(site.frame, to: &json)
          json.field("selfSize", site.selfSize)
          json.field("count", site.count)
          json.field("share", Self.share(site.selfSize, of: sites?.totalSize ?? 0))
          json.array("callers", site.callers) { json, frame in
            json.object { Self.write(frame, to: &$0) }
          }
        }
      }
      json.array("targets", targets) { json, event in
        json.object { event.writeOutcome(to: &$0) }
      }
    }
  }

  /// People and editors count lines from 1.
  private static func write(_ frame: SamplingProfile.Frame, to json: inout JSONWriter) {
    json.field("function", frame.function)
    json.field("url", frame.url)
    json.field("line", frame.line < 0 ? nil : Int64(frame.line) + 1)
    json.field("column", frame.column < 0 ? nil : Int64(frame.column) + 1)
  }

  private static func share(_ size: UInt64, of total: UInt64) -> Double {
    total == 0 ? 0 : Double(size) / Double(total)
  }

  // MARK: - Text

  func printText(limit: Int) {
    for complaint in targets.compactMap(\.complaint) {
      Output.error("retinue: \(DisplayText.safe(complaint))\n")
    }
    guard let profile else {
      printLines([targets.isEmpty ? noTarget : "Nothing was sampled."])
      return
    }
    if let file {
      if file.path != "-" { printLines(["\(file.path): \(HumanText.bytes(file.byteCount))"]) }
      return
    }
    printTable(AllocationSites(profile), profile.measure, limit: limit)
    if leftOutTargets > 0 {
      printLines([
        "Note: \(Self.targets(leftOutTargets)) tell only what was allocated, alive or not, and are "
          + "left out: choose them alone"
      ])
    }
  }

  private static func targets(_ count: UInt32) -> String {
    "\(count) \(count == 1 ? "target" : "targets")"
  }

  private func printTable(
    _ sites: AllocationSites,
    _ measure: SamplingProfile.Measure,
    limit: Int
  ) {
    let total = HumanText.bytes(sites.totalSize)
    let targets = Self.targets(mergedTargets)
    printLines([
      measure == .alive
        ? "\(total) alive of what \(targets) allocated"
        : "\(total) allocated by \(targets), alive or not",
      "",
    ])
    var table = TextTable([
      .number(measure == .alive ? "ALIVE" : "ALLOCATED"), .number("SHARE"), .number("SAMPLES"),
      .text("FUNCTION"),
      .text("CALLED BY", .keepBeginning),
    ])
    for site in sites.sites.prefix(limit) {
      table.append([
        .init(HumanText.bytes(site.selfSize)),
        .init(Readable.percent(Self.share(site.selfSize, of: sites.totalSize))),
        .init(HumanText.count(site.count)), .init(site.frame.place),
        .init(site.callers.prefix(4).map(\.place).joined(separator: " < ")),
      ])
    }
    table.print(orElse: "No allocation was sampled.")
    if sites.sites.count > limit {
      printLines(["… \(sites.sites.count - limit) more functions"])
    }
  }
}

extension TargetEvent {
  /// The runtime cannot do it: nothing went wrong, and nothing would help.
  var isNotSupported: Bool { state == .refused && reasonCode == "notSupported" }
}

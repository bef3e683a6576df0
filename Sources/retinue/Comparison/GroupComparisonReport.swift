internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel
internal import JSONStream

/// Groups of instances side by side, class by class, each instance by its latest snapshot.
struct GroupComparisonReport {
  /// By what instances are put together.
  enum Label: String, CaseIterable {
    case runtime
    case service
    case version
    case environment
    case instance

    func value(of snapshot: SnapshotRow) -> String {
      self == .runtime ? snapshot.runtime.rawValue : snapshot.labels[rawValue] ?? ""
    }
  }

  private struct Group {
    var name: String
    var engines: Set<String> = []
    var untold: [UntoldFact] = []
    var heaps: [ClassHistogram] = []
  }

  /// More columns than that nobody can read.
  private static let maximumGroups = 16

  private let label: Label
  private let groups: [Group]
  private let rows: [GroupComparison.Row]
  /// What is not in it, and why.
  private let notes: [String]

  /// Fetches the class table of the latest snapshot of each target that the selector chooses.
  ///
  /// - Throws: `ClientError` where there is no snapshot, or more groups than can be shown.
  init(
    by label: Label,
    _ selector: String,
    _ client: CollectorClient,
    progress: ProgressLine
  ) async throws {
    let latest = Self.latest(of: try await client.snapshots(.selector(selector)))
    let names = Set(latest.map(label.value))
    guard names.count <= Self.maximumGroups else {
      throw ClientError(
        "there are \(names.count) groups by \(label.rawValue), and at most \(Self.maximumGroups) "
          + "stand side by side: choose fewer with --selector"
      )
    }
    var groups: [String: Group] = [:]
    var notes: [String] = []
    for (number, snapshot) in latest.enumerated() {
      progress.show("class tables, \(number) of \(latest.count)")
      do {
        let analysis = try await AnalysisReport(snapshot.id, client)
        let name = label.value(of: snapshot)
        groups[name, default: Group(name: name)].engines.insert(analysis.engine)
        groups[name]?.untold += analysis.untold
        groups[name]?.heaps.append(ClassHistogram(analysis))
      } catch let error as ClientError where !error.isTransient || error.isLate {
        notes.append("\(snapshot.labels.service) \(snapshot.labels.instance): \(error)")
      }
    }
    progress.clear()
    guard groups.isEmpty == false else {
      throw ClientError(
        (["no target that was chosen has an analysed snapshot"] + notes).joined(separator: "\n")
      )
    }
    self.label = label
    self.groups = groups.values.sorted { $0.name < $1.name }
    rows = GroupComparison(groups: self.groups.map(\.heaps)).rows
    self.notes = notes
  }

  /// The newest whole snapshot of each target, of rows that are newest first.
  private static func latest(of snapshots: [SnapshotRow]) -> [SnapshotRow] {
    var seen: Set<TargetID> = []
    return snapshots.filter { $0.state == .complete && seen.insert($0.targetID).inserted }
  }

  // MARK: - JSON

  func printJSON() {
    JSONOutput.object { json in
      json.field("by", label.rawValue)
      json.array("groups", groups) { json, group in
        json.object { json in
          json.field("name", group.name)
          json.field("instances", group.heaps.count)
          json.field("engines", group.engines.sorted())
          json.field("untold", Self.untold(by: group).map(\.rawValue))
        }
      }
      json.field("notes", notes)
      json.array("classes", rows) { json, row in
        json.object { json in
          json.field("name", row.name)
          json.field("engineMade", row.isEngineMade)
          json.field("ratio", row.ratio)
          json.array("groups", row.shares) { json, share in
            json.object { json in
              json.field("medianCount", share.medianCount)
              json.field("medianSelfSize", share.medianSelfSize)
            }
          }
        }
      }
    }
  }

  // MARK: - Text

  func printText(limit: Int) {
    let counts = groups.map { "\(HumanText.label($0.name)) \($0.heaps.count)" }
    printLines([
      "By \(label.rawValue), instances: \(counts.joined(separator: ", ")); each by its latest "
        + "snapshot. Figures are medians, sizes those of the objects themselves.",
      "",
    ])
    var table = TextTable(
      [.text("CLASS")]
        + groups.flatMap { group in
          [.number(HumanText.label(group.name).uppercased()), .number("SIZE")]
        } + [.number("MOST/LEAST")]
    )
    for row in rows.prefix(limit) {
      let shares = row.shares.flatMap { share -> [TextTable.Cell] in
        [
          .init(share.medianCount.map { HumanText.count($0) } ?? HumanText.unknown),
          .init(share.medianSelfSize.map { HumanText.bytes($0) } ?? HumanText.unknown),
        ]
      }
      table.append([.init(row.name)] + shares + [.init(Self.ratio(row.ratio))])
    }
    table.print(orElse: "There is no class.")
    if rows.count > limit { printLines(["… \(rows.count - limit) more classes"]) }
    printLines((notes + untoldNotes + rarityNotes).map { "Note: \($0)" })
  }

  /// `1.3×`, or a dash where a group has none, or that is not known.
  private static func ratio(_ ratio: Double?) -> String {
    guard let ratio, ratio < 1e9 else { return HumanText.unknown }
    let tenths = Int((ratio * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)×"
  }

  private var untoldNotes: [String] {
    groups.compactMap { group in
      let facts = Self.untold(by: group).map(\.words)
      guard facts.isEmpty == false else { return nil }
      return
        "snapshots of \(HumanText.label(group.name)) do not tell \(facts.joined(separator: ", "))"
    }
  }

  private var rarityNotes: [String] {
    guard rows.contains(where: { $0.shares.contains { $0.medianCount == nil } }) else { return [] }
    return [
      "a shape of plain objects that few of an instance's have is no class there: what is missing is "
        + "not counted as 0, and a median that depends on it is not told"
    ]
  }

  private static func untold(by group: Group) -> [UntoldFact] {
    group.untold.distinct(\.self)
  }
}

extension ClassHistogram {
  fileprivate init(_ analysis: AnalysisReport) {
    let entries = analysis.classes.map { row in
      Entry(
        key: row.key,
        name: row.name,
        count: Int(clamping: row.count),
        selfSize: row.selfSize,
        retainedSize: row.retainedSize
      )
    }
    self.init(
      entries: entries,
      leastShapeCount: Self.leastShapeCount(ofAll: entries),
      totalSize: analysis.totals.totalSelfSize
    )
  }
}

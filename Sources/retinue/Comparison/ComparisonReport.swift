internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel

/// What changed between snapshots, in one form for files and for the collector's.
struct ComparisonReport {
  /// A rule of `--fail-on` that was broken, and by what.
  struct Failure {
    var rule: FailRule
    var name: String
    var countDelta: Int64
    var sizeDelta: Int64
  }

  /// A snapshot of which only a part is there.
  struct Part {
    var input: String
    var reading: PartialReading
  }

  /// As the snapshots were named, in order.
  var inputs: [String]
  var isComparedByID: Bool
  /// Why objects were not followed one by one.
  var note: String
  /// From the first to the last, largest growth in bytes first.
  var rows: [ClassDelta]
  /// From each to the next, where there are more than two.
  var steps: [[ClassDelta]] = []
  /// What grew on every step, where there are more than two.
  var growing: [Finding] = []
  /// The same where only a debugger or its console keeps it, which is no leak of the program.
  var tooling: [Finding] = []
  /// Bytes that it must have gained on each.
  var floor: UInt64 = 0
  var failures: [Failure] = []
  /// Which of the snapshots are not whole.
  var parts: [Part] = []

  var isSeries: Bool { inputs.count > 2 }
  /// Whether a pipeline should stop.
  var hasFinding: Bool { !failures.isEmpty || !growing.isEmpty }

  /// Looks for classes that broke a rule, in a series on every step.
  mutating func check(_ rules: [FailRule]) {
    let sums = (isSeries ? steps : [rows]).map(Self.sumsByName)
    for rule in rules {
      let broken = sums[0].filter { name, _ in
        sums.allSatisfy { step in
          guard let sum = step[name] else { return false }
          return rule.isBroken(byClass: name, countDelta: sum.count, sizeDelta: sum.size)
        }
      }
      for name in broken.keys.sorted() {
        failures.append(
          Failure(
            rule: rule,
            name: name,
            countDelta: sums.reduce(0) { $0 &+ ($1[name]?.count ?? 0) },
            sizeDelta: sums.reduce(0) { $0 &+ ($1[name]?.size ?? 0) }
          )
        )
      }
    }
  }

  /// A class can have several rows, of one name in several places of the source.
  private static func sumsByName(_ rows: [ClassDelta]) -> [String: (count: Int64, size: Int64)] {
    rows.reduce(into: [:]) { sums, row in
      sums[row.name, default: (0, 0)].count &+= row.countDelta
      sums[row.name, default: (0, 0)].size &+= row.sizeDelta
    }
  }
}

extension ClassDelta {
  var countDelta: Int64 { Int64(clamping: addedCount) &- Int64(clamping: removedCount) }
  var sizeDelta: Int64 { Int64(clamping: addedSize) &- Int64(clamping: removedSize) }
}

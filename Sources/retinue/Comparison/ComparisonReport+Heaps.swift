internal import Collector
internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel

extension ComparisonReport {
  private static func idsDoNotHold(_ reason: String) -> String {
    "ids do not hold over these snapshots, so classes were compared by their names: \(reason)"
  }

  private static let areParts =
    "parts of snapshots are compared: what is missing in one counts as new or gone"

  /// Of heaps in our own memory, at least two, in the order in which they were taken.
  init(_ inputs: [String], _ heaps: [AnalyzedHeap], floor: UInt64, progress: ProgressLine) {
    progress.show("comparing")
    let whole = HeapComparison.compare(base: heaps[0], main: heaps[heaps.count - 1])
    let isByID = whole.method == .byID
    self.init(
      inputs: inputs,
      isComparedByID: isByID,
      note: isByID ? "" : Self.idsDoNotHold(whole.reasonAgainstIDs),
      rows: whole.rows.map { ClassDelta($0) },
      floor: floor
    )
    parts = zip(inputs, heaps).compactMap { input, heap in
      heap.graph.partial.map { Part(input: input, reading: $0) }
    }
    if !parts.isEmpty {
      note = ([Self.areParts] + (note.isEmpty ? [] : [note])).joined(separator: "; ")
    }
    guard heaps.count > 2 else { return }
    let comparisons = zip(heaps, heaps.dropFirst()).map { base, main in
      HeapComparison.compare(base: base, main: main)
    }
    steps = comparisons.map { $0.rows.map { ClassDelta($0) } }
    let areIDsComparable = isByID && comparisons.allSatisfy { $0.method == .byID }
    isComparedByID = areIDsComparable
    guard parts.isEmpty else { return }
    if isByID, let step = comparisons.firstIndex(where: { $0.method == .byClass }) {
      let reason = comparisons[step].reasonAgainstIDs
      note = Self.idsDoNotHold("from \(inputs[step]) to \(inputs[step + 1]) \(reason)")
    }
    progress.show("looking for what grew on every step")
    guard let series = HeapSeries(heaps, areIDsComparable: areIDsComparable) else {
      note = "these are snapshots of different engines, so growth was not looked for"
      return
    }
    let findings = LeakFinder().findings(in: series).filter { finding in
      finding.bytesPerStep.allSatisfy { $0 >= floor }
    }
    growing = findings.filter { !$0.isTooling }
    tooling = findings.filter(\.isTooling)
  }
}

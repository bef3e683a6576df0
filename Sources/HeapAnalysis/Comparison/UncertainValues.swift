/// What the instances of a set have of a class, as little and as much as it can be.
struct UncertainValues {
  let least: [Double]
  let most: [Double]

  init(_ ranges: [ClosedRange<Double>]) {
    least = ranges.map(\.lowerBound)
    most = ranges.map(\.upperBound)
  }

  /// Nil where it is not known.
  var median: Double? {
    let middle = HeapAnalysis.median(least)
    return middle == HeapAnalysis.median(most) ? middle : nil
  }
}

/// The middle of the values, 0 for none.
func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

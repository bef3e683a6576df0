internal import HeapModel

extension ColumnBatch {
  /// Checks that every value of a column lies in `range`.
  ///
  /// - Parameters:
  ///   - meaning: what the column is, for the error
  ///   - row: names a row of this batch, for the error
  ///   - offset: where a row begins in the text
  func check(
    _ column: Int,
    _ range: Range<Int64>,
    _ meaning: String,
    _ row: (Int) -> String,
    _ offset: (Int) -> UInt64
  ) throws(SnapshotError) {
    let values = self.column(column)
    // One pass without a branch per value; the culprit is looked for only when there is one.
    guard values.leaves(range),
      let culprit = values.firstIndex(where: { range.contains($0) == false })
    else { return }
    let allowed = range.isEmpty ? "none" : "\(range.lowerBound) to \(range.upperBound - 1)"
    let message = "\(row(culprit)) has \(meaning) \(values[culprit]), allowed: \(allowed)"
    throw SnapshotError(.malformed, message, at: offset(culprit))
  }
}

extension UnsafeBufferPointer<Int64> {
  /// Whether a value is outside `range`.
  ///
  /// Not all processors compare 64 bits in vectors, but all subtract them: a value is below zero, or
  /// what is left of it to the last allowed one is.
  fileprivate func leaves(_ range: Range<Int64>) -> Bool {
    if range.lowerBound == 0 {
      let last = range.upperBound - 1
      var signs: Int64 = 0
      for value in self { signs |= value | (last &- value) }
      return signs < 0
    }
    var lowest = Int64.max
    var highest = Int64.min
    for value in self {
      lowest = Swift.min(lowest, value)
      highest = Swift.max(highest, value)
    }
    return isEmpty == false && (lowest < range.lowerBound || highest >= range.upperBound)
  }
}

/// The highest of many references that can be checked only later, and where it stands.
struct Highest {
  var value: Int64 = -1
  var offset: UInt64 = 0

  mutating func take(_ values: UnsafeBufferPointer<Int64>, _ offset: (Int) -> UInt64) {
    var highest = Int64.min
    for value in values { highest = max(highest, value) }
    guard highest > value, let row = values.firstIndex(of: highest) else { return }
    value = highest
    self.offset = offset(row)
  }

  func check(below count: UInt64, _ what: String) throws(SnapshotError) {
    guard value >= 0, UInt64(value) >= count else { return }
    let message = "a reference to number \(value) of \(count) \(what)"
    throw SnapshotError(.malformed, message, at: offset)
  }
}

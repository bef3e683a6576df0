internal import FleetProtocol

/// Collects rows for one answer until it is as large as an answer may be.
struct Page<Row: FleetMessage> {
  private(set) var rows: [Row] = []
  private(set) var byteCount = 0
  private let maximumCount: Int

  /// Tag and length of a row in the message around it, and what stands beside the rows.
  private static var overheadPerRow: Int { 8 }
  private static var overhead: Int { 8 << 10 }

  /// - Parameter reserved: bytes of what else is in the answer.
  init(maximumCount: Int, reserved: Int = 0) {
    self.maximumCount = maximumCount
    byteCount = reserved
  }

  /// Adds a row, if there is room; the first one always has.
  mutating func add(_ row: Row) -> Bool {
    guard rows.count < maximumCount else { return false }
    let size = row.encoded().count + Self.overheadPerRow
    guard rows.isEmpty || byteCount + size <= FleetLimits.page - Self.overhead else {
      return false
    }
    rows.append(row)
    byteCount += size
    return true
  }
}

/// Reads V8's `trace_tree`, its one nested table, in pieces cut anywhere.
///
/// Each row of five ends in the list of the rows that it called.
/// Rows are appended as they come, 40 bytes each; a row takes at least ten bytes of text.
struct TraceTreeReader {
  /// `id`, `function_info_index`, `count` and `size` in front of `children`.
  private static let numbersPerRow = 4

  private(set) var sites: [AllocationHistory.Site] = []
  /// Whose lists are open, outermost first; the first is nobody's.
  private var callers: [UInt32?] = []
  private var isFinished = false
  private var row: [UInt64] = []
  private var number = Number.none

  /// The number that is being read.
  ///
  /// It is judged at its end and not sooner: whoever checks beside that the text is JSON knows only
  /// there too, and what he says of it has a place.
  private enum Number {
    case none
    case digits(UInt64)
    /// None of the tree's numbers, and why.
    case wrong(String)
  }

  /// - Throws: `malformed` for what is no such tree.
  mutating func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        add(digit: UInt64(byte - UInt8(ascii: "0")))
        continue
      case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
        UInt8(ascii: "E"):
        number = .wrong("a number with a sign, a fraction or an exponent")
        continue
      default: try endNumber()
      }
      switch byte {
      case UInt8(ascii: "["): try openList()
      case UInt8(ascii: "]"): try closeList()
      case UInt8(ascii: ","), 0x20, 0x0A, 0x0D, 0x09: continue
      default: throw Self.malformed("neither number nor list")
      }
    }
  }

  /// The tree has come whole.
  func finish() throws(SnapshotError) {
    if case .none = number {} else { throw Self.malformed("a number outside of it") }
    guard isFinished else { throw SnapshotError(.truncated, "the tree of allocations has no end") }
  }

  private mutating func add(digit: UInt64) {
    let value: UInt64
    switch number {
    case .none: value = 0
    case .digits(let digits): value = digits
    case .wrong: return
    }
    let (tens, isTooLarge) = value.multipliedReportingOverflow(by: 10)
    let (sum, isTooLargeWithDigit) = tens.addingReportingOverflow(digit)
    number =
      isTooLarge || isTooLargeWithDigit ? .wrong("a number of more than 64 bits") : .digits(sum)
  }

  private mutating func endNumber() throws(SnapshotError) {
    switch number {
    case .none: return
    case .wrong(let what): throw Self.malformed(what)
    case .digits(let value):
      guard callers.isEmpty == false else { throw Self.malformed("a number outside of it") }
      guard row.count < Self.numbersPerRow else { throw Self.malformed("a row of five numbers") }
      row.append(value)
      number = .none
    }
  }

  private mutating func openList() throws(SnapshotError) {
    guard let caller = callers.last else {
      guard isFinished == false else { throw Self.malformed("a second list") }
      callers = [nil]
      return
    }
    guard row.count == Self.numbersPerRow, let function = UInt32(exactly: row[1]),
      sites.count < Int(AllocationHistory.noSite)
    else { throw Self.malformed("a row of \(row.count) numbers") }
    callers.append(UInt32(sites.count))
    sites.append(
      AllocationHistory.Site(
        identifier: row[0],
        function: function,
        parent: caller,
        allocatedCount: row[2],
        allocatedSize: row[3]
      )
    )
    row.removeAll(keepingCapacity: true)
  }

  private mutating func closeList() throws(SnapshotError) {
    guard callers.popLast() != nil, row.isEmpty else {
      throw Self.malformed("a list that ends inside a row")
    }
    isFinished = callers.isEmpty
  }

  private static func malformed(_ what: String) -> SnapshotError {
    SnapshotError(.malformed, "the tree of allocations: \(what)")
  }
}

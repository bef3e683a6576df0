/// The name of a reference that exists because of a pair in a WeakMap:
/// `6 / part of key (K @33749) -> value (V @100825) pair in WeakMap (table @49369)`.
///
/// V8 writes such a reference from the key and one from the table. DevTools recognises it by
/// `^\d+ / part of key \(.*? @\d+\) -> value \(.*? @\d+\) pair in WeakMap \(table @(\d+)\)$`, and
/// so do we, strictly: V8 sometimes leaves the raw format text `(table @%u)`, which is not one.
struct WeakMapName {
  static let minimumLength = 60

  /// Equal for the two references of one pair.
  let withoutLeadingNumber: UnsafeBufferPointer<UInt8>
  let tableID: UInt64

  private static let opening = Array(" / part of key (".utf8)
  private static let middle = Array(") -> value (".utf8)
  private static let ending = Array(") pair in WeakMap (table @".utf8)

  /// Nil when the name is not of this form.
  init?(_ name: UnsafeBufferPointer<UInt8>) {
    guard name.count >= Self.minimumLength, name.last == UInt8(ascii: ")") else { return nil }
    guard let leading = Self.digits(in: name, from: 0), leading < name.count else { return nil }
    let afterNumber = UnsafeBufferPointer(rebasing: name[leading...])
    guard afterNumber.starts(with: Self.opening) else { return nil }

    // From the end: the table's id, then " @" and digits of the value's id before it.
    let table = Self.trailingDigits(afterNumber, before: afterNumber.count - 1)
    guard let table, let tableID = Self.number(afterNumber[table]) else { return nil }
    let endingStart = table.lowerBound - Self.ending.count
    guard endingStart > Self.opening.count,
      afterNumber[endingStart..<table.lowerBound].elementsEqual(Self.ending)
    else { return nil }
    guard let valueStart = Self.idStart(afterNumber, before: endingStart) else { return nil }
    guard Self.opening.count <= valueStart else { return nil }
    let free = UnsafeBufferPointer(rebasing: afterNumber[Self.opening.count..<valueStart])
    guard Self.hasKeyAndValue(free), !Self.hasLineEnd(free) else { return nil }

    self.withoutLeadingNumber = afterNumber
    self.tableID = tableID
  }

  /// Whether `free` is `K @1) -> value (V` for some K and V.
  private static func hasKeyAndValue(_ free: UnsafeBufferPointer<UInt8>) -> Bool {
    guard free.count >= middle.count else { return false }
    for start in 0...(free.count - middle.count)
    where free[start] == middle[0] && free[start..<start + middle.count].elementsEqual(middle) {
      if idStart(free, before: start) != nil { return true }
    }
    return false
  }

  /// Where ` @123` that ends at `end` starts.
  private static func idStart(_ text: UnsafeBufferPointer<UInt8>, before end: Int) -> Int? {
    guard let digits = trailingDigits(text, before: end), digits.lowerBound >= 2,
      text[digits.lowerBound - 1] == UInt8(ascii: "@"),
      text[digits.lowerBound - 2] == UInt8(ascii: " ")
    else { return nil }
    return digits.lowerBound - 2
  }

  private static func trailingDigits(
    _ text: UnsafeBufferPointer<UInt8>,
    before end: Int
  ) -> Range<Int>? {
    var start = end
    while start > 0, isDigit(text[start - 1]) { start -= 1 }
    return start < end ? start..<end : nil
  }

  private static func digits(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var end = start
    while end < text.count, isDigit(text[end]) { end += 1 }
    return end > start ? end : nil
  }

  private static func number(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
    var value: UInt64 = 0
    for digit in digits {
      let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowToo) = tenfold.addingReportingOverflow(UInt64(digit & 15))
      guard !overflow, !overflowToo else { return nil }
      value = sum
    }
    return value
  }

  /// A regular expression's `.` does not match a line end: LF, CR, U+2028, U+2029.
  private static func hasLineEnd(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    for (index, byte) in text.enumerated() {
      if byte == 10 || byte == 13 { return true }
      if byte == 0xE2, index + 2 < text.count, text[index + 1] == 0x80,
        text[index + 2] & 0xFE == 0xA8
      {
        return true
      }
    }
    return false
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10
  }
}

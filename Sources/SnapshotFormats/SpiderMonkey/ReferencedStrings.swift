internal import HeapModel

/// The strings of a snapshot, which stand where they are first used and are numbers from then on.
///
/// There are two tables, one of two-byte strings and one of one-byte strings, and a reference
/// counts within its table. What the references stand for is kept, four bytes each; the strings
/// themselves leave as names. Nearly all two-byte strings say `objectElements[12]`: these become
/// numbers and are no names. Addresses in the names of roots are taken out, so that a root is
/// called the same in every process.
struct ReferencedStrings {
  /// What a reference stands for.
  struct Meaning: Hashable {
    fileprivate let bits: UInt32

    /// A name that is none.
    static let none = Meaning(bits: 0)
    fileprivate static let elementMark: UInt32 = 1 << 31

    /// The index, if it is that of an element.
    @inline(__always) var elementIndex: UInt32? {
      bits & Self.elementMark == 0 ? nil : bits & ~Self.elementMark
    }
  }

  /// Names are handed on when so many have come.
  private static let batchLimit = (count: 1 << 14, byteCount: 1 << 19)
  /// How many different names with addresses are told apart; there are a few dozen.
  private static let shortenedLimit = 1 << 12
  /// Longer ones are not kept: a million bytes of them may stand for one name.
  private static let shortenedByteCount = 256

  private let limits: SnapshotReadingLimits
  private let twoByte = FlatArray<UInt32>(capacity: 0)
  private let oneByte = FlatArray<UInt32>(capacity: 0)
  /// The elements of `twoByte`, so that nearly every edge costs one load.
  private var twoByteMeanings = UnsafeMutableBufferPointer<UInt32>(start: nil, count: 0)
  /// Names that wait to be handed on.
  private(set) var names = StringBatchBuilder()
  private var earlierNameCount = 0
  private var shortened: [[UInt8]: Meaning] = [:]
  private let scratch = FlatArray<UInt8>(capacity: 256)

  init(limits: SnapshotReadingLimits) {
    self.limits = limits
    // Name 0 is no name.
    names.endString()
  }

  var isFull: Bool {
    names.count >= Self.batchLimit.count || names.byteCount >= Self.batchLimit.byteCount
  }

  /// Forgets the names, which were handed on.
  mutating func removeNames() {
    earlierNameCount += names.totalCount
    names = StringBatchBuilder()
  }

  // MARK: Two-byte strings

  @inline(__always)
  func twoByte(
    reference: UInt64,
    at offset: UInt64
  ) throws(SnapshotError) -> Meaning {
    guard reference < UInt64(twoByteMeanings.count) else {
      throw dangling(reference, twoByteMeanings.count, "two-byte", offset)
    }
    return Meaning(bits: twoByteMeanings[Int(truncatingIfNeeded: reference)])
  }

  @inline(never)
  private func dangling(
    _ reference: UInt64,
    _ count: Int,
    _ kind: String,
    _ offset: UInt64
  ) -> SnapshotError {
    let message = "a reference to number \(reference) of \(count) \(kind) strings"
    return SnapshotError(.malformed, message, at: offset)
  }

  mutating func twoByte(_ string: WireInput, at offset: UInt64) throws(SnapshotError) -> Meaning {
    guard string.count % 2 == 0 else {
      let message = "a two-byte string of \(string.count) bytes"
      throw SnapshotError(.malformed, message, at: offset)
    }
    scratch.truncate(to: 0)
    scratch.append(utf16: string.bytes)
    let meaning: Meaning
    if let index = scratch.elementIndex {
      meaning = Meaning(bits: index | Meaning.elementMark)
    } else if scratch.removeHolder() {
      meaning = try shortenedName(at: offset)
    } else {
      meaning = try name(at: offset)
    }
    try register(meaning, in: twoByte, at: offset)
    twoByteMeanings = twoByte.elements
    return meaning
  }

  // MARK: One-byte strings

  func oneByte(
    reference: UInt64,
    at offset: UInt64
  ) throws(SnapshotError) -> Meaning {
    guard reference < UInt64(oneByte.count) else {
      throw dangling(reference, oneByte.count, "one-byte", offset)
    }
    return Meaning(bits: oneByte[Int(reference)])
  }

  mutating func oneByte(_ string: WireInput, at offset: UInt64) throws(SnapshotError) -> Meaning {
    scratch.truncate(to: 0)
    for byte in string.bytes { scratch.append(codeUnit: UInt16(byte)) }
    let meaning = try name(at: offset)
    try register(meaning, in: oneByte, at: offset)
    return meaning
  }

  // MARK: Names

  /// The number of a name, by which rows refer to it.
  @inline(__always)
  mutating func nameNumber(
    of meaning: Meaning,
    at offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    guard let index = meaning.elementIndex else { return Int64(meaning.bits) }
    return try elementName(index, at: offset)
  }

  /// The name of an element where no element can be.
  @inline(never)
  private mutating func elementName(
    _ index: UInt32,
    at offset: UInt64
  ) throws(SnapshotError) -> Int64 {
    scratch.truncate(to: 0)
    for byte in "objectElements[\(index)]".utf8 { scratch.append(byte) }
    return Int64(try name(at: offset).bits)
  }

  private mutating func shortenedName(at offset: UInt64) throws(SnapshotError) -> Meaning {
    let text = Array(scratch.elements)
    if let known = shortened[text] { return known }
    let meaning = try name(at: offset)
    if shortened.count < Self.shortenedLimit, text.count <= Self.shortenedByteCount {
      shortened[text] = meaning
    }
    return meaning
  }

  private mutating func name(at offset: UInt64) throws(SnapshotError) -> Meaning {
    let number = earlierNameCount + names.count
    guard number < limits.stringCount, number < Meaning.elementMark else {
      throw SnapshotError(.tooLarge, "more than \(limits.stringCount) strings", at: offset)
    }
    names.append(UnsafeRawBufferPointer(scratch.elements))
    names.endString()
    return Meaning(bits: UInt32(number))
  }

  private func register(
    _ meaning: Meaning,
    in table: FlatArray<UInt32>,
    at offset: UInt64
  ) throws(SnapshotError) {
    guard table.count < limits.stringCount else {
      throw SnapshotError(.tooLarge, "more than \(limits.stringCount) strings", at: offset)
    }
    table.append(meaning.bits)
  }
}

// MARK: - Text in the making

extension FlatArray<UInt8> {
  /// Appends UTF-16, little-endian, as WTF-8: pairs of surrogates become one character, a lone one
  /// stays what it is.
  fileprivate func append(utf16 bytes: UnsafeRawBufferPointer) {
    var index = 0
    while index + 1 < bytes.count {
      let unit = UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
      index += 2
      if unit & 0xFC00 == 0xD800, index + 1 < bytes.count {
        let next = UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8
        if next & 0xFC00 == 0xDC00 {
          index += 2
          append(pair: 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(next & 0x3FF)))
          continue
        }
      }
      append(codeUnit: unit)
    }
  }

  @inline(__always)
  fileprivate func append(codeUnit unit: UInt16) {
    if unit < 0x80 {
      append(UInt8(truncatingIfNeeded: unit))
    } else if unit < 0x800 {
      append(0xC0 | UInt8(truncatingIfNeeded: unit >> 6))
      append(0x80 | UInt8(truncatingIfNeeded: unit & 0x3F))
    } else {
      append(0xE0 | UInt8(truncatingIfNeeded: unit >> 12))
      append(0x80 | UInt8(truncatingIfNeeded: unit >> 6 & 0x3F))
      append(0x80 | UInt8(truncatingIfNeeded: unit & 0x3F))
    }
  }

  private func append(pair scalar: UInt32) {
    append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
    append(0x80 | UInt8(truncatingIfNeeded: scalar >> 12 & 0x3F))
    append(0x80 | UInt8(truncatingIfNeeded: scalar >> 6 & 0x3F))
    append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
  }

  private static let elementPrefix = Array("objectElements[".utf8)

  /// The number in `objectElements[12]`, below 2^31; nil for other text.
  fileprivate var elementIndex: UInt32? {
    let text = elements
    let first = Self.elementPrefix.count
    guard text.count >= first + 2, text.count <= first + 11, text[0] == UInt8(ascii: "o"),
      text[text.count - 1] == UInt8(ascii: "]"), text.starts(with: Self.elementPrefix),
      text[first] != UInt8(ascii: "0") || text.count == first + 2
    else { return nil }
    var index: UInt64 = 0
    for byte in text[first..<(text.count - 1)] {
      let digit = byte &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      index = index * 10 + UInt64(digit)
    }
    return index < UInt64(1) << 31 ? UInt32(index) : nil
  }

  private static let holder = Array(", holder 0x".utf8)

  /// Takes the address out of the name of a root: `Preserved wrapper, holder 0x7f3a40` becomes
  /// `Preserved wrapper`.
  ///
  /// - Returns: whether there was one
  fileprivate func removeHolder() -> Bool {
    guard count > Self.holder.count, elements[count - 1].isHexadecimalDigit else { return false }
    let digits = elements.reversed().prefix { $0.isHexadecimalDigit }.count
    // The 0 in front of the x is no digit of the run: x is none.
    let rest = elements[..<(count - digits)]
    guard rest.suffix(Self.holder.count).elementsEqual(Self.holder) else { return false }
    truncate(to: count - digits - Self.holder.count)
    return true
  }
}

extension UInt8 {
  fileprivate var isHexadecimalDigit: Bool {
    self &- UInt8(ascii: "0") < 10 || (self | 0x20) &- UInt8(ascii: "a") < 6
  }
}

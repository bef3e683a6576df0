/// Many strings in one block of bytes, as WTF-8.
@usableFromInline package final class StringTable: @unchecked Sendable {
  /// String `i` is `bytes[offsets[i] ..< offsets[i + 1]]`.
  @usableFromInline package let offsets: FlatArray<UInt64>
  @usableFromInline package let bytes: FlatArray<UInt8>

  package init(capacity: Int = 0, memory: (any GraphMemory)? = nil) {
    self.offsets = FlatArray(capacity: capacity + 1, memory: memory)
    self.bytes = FlatArray(capacity: capacity * 16, memory: memory)
    offsets.append(0)
  }

  package convenience init(_ strings: [String]) {
    self.init(capacity: strings.count)
    for string in strings {
      var copy = string
      copy.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }
  }

  @inlinable package var count: Int { offsets.count - 1 }

  package func append(_ string: UnsafeRawBufferPointer) {
    if let start = string.baseAddress, string.count > 0 {
      UnsafeMutableRawPointer(bytes.grow(by: string.count))
        .copyMemory(from: start, byteCount: string.count)
    }
    offsets.append(UInt64(bytes.count))
  }

  /// Appends many strings at once; `ends` says where each stops in `strings`, ascending.
  package func append(_ strings: UnsafeRawBufferPointer, endingAt ends: some Collection<Int>) {
    let start = UInt64(bytes.count)
    if let first = strings.baseAddress, strings.count > 0 {
      UnsafeMutableRawPointer(bytes.grow(by: strings.count))
        .copyMemory(from: first, byteCount: strings.count)
    }
    let place = offsets.grow(by: ends.count)
    for (index, end) in ends.enumerated() {
      place[index] = start + UInt64(end)
    }
  }

  /// The bytes of string `index`, valid as long as the table lives and is not added to.
  @inlinable package func utf8(_ index: Int) -> UnsafeBufferPointer<UInt8> {
    let start = Int(offsets[index])
    let end = Int(offsets[index + 1])
    return UnsafeBufferPointer(rebasing: UnsafeBufferPointer(bytes.elements)[start..<end])
  }

  /// String `index` for people: what is not valid Unicode is shown as U+FFFD.
  package subscript(index: Int) -> String {
    String(decoding: utf8(index), as: UTF8.self)
  }
}

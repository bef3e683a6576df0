extension UnsafeRawBufferPointer {
  /// The first byte from `start` on that is a quote, a backslash, a control character or not ASCII.
  ///
  /// Eight bytes at a time: each test leaves its mark in the highest bit of a byte. A borrow can
  /// set a false mark only above a true one, so the lowest mark is always right.
  func endOfPlainText(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highest: UInt64 = 0x8080_8080_8080_8080
    var position = start
    while position + 8 <= count {
      let word = UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self))
      let quotes = word ^ (ones &* 0x22)
      let backslashes = word ^ (ones &* 0x5C)
      let marks =
        ((word &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones) | word) & highest
      // Bytes of 0x80 and more are marked by `word` itself, so `& ~word` is not needed.
      if marks != 0 {
        return position + marks.trailingZeroBitCount / 8
      }
      position += 8
    }
    while position < count {
      let byte = self[position]
      if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { break }
      position += 1
    }
    return position
  }
}

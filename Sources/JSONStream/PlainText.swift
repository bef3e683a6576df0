extension UnsafeRawBufferPointer {
  /// Eight bytes, the first one lowest.
  @inline(__always) func word(at position: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  /// The first byte from `start` on that is a quote, a backslash, a control character or not ASCII.
  func endOfPlainText(from start: Int) -> Int {
    var position = start
    while position + 8 <= count {
      let marks = word(at: position).marksOfOtherThanPlainText
      if marks != 0 { return position + marks.trailingZeroBitCount / 8 }
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

extension UInt64 {
  /// A mark in the highest bit of the first of eight bytes, from the lowest on, that is a quote, a
  /// backslash, a control character or not ASCII; 0 if there is none.
  ///
  /// A borrow can set a false mark only above a true one, so the lowest mark is always right.
  @inline(__always) var marksOfOtherThanPlainText: UInt64 {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highest: UInt64 = 0x8080_8080_8080_8080
    let quotes = self ^ (ones &* 0x22)
    let backslashes = self ^ (ones &* 0x5C)
    // Bytes of 0x80 and more are marked by themselves, so `& ~self` is not needed.
    return ((self &- ones &* 0x20) | (quotes &- ones) | (backslashes &- ones) | self) & highest
  }
}

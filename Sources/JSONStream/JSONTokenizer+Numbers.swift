extension JSONTokenizer {
  /// Reads on in a number: whole from the input where it is not cut, else through `numberText`.
  mutating func continueNumber(
    _ bytes: UnsafeRawBufferPointer,
    into handler: inout some JSONTokenHandler
  ) throws {
    var length = 0
    while length < bytes.count, Self.isNumberByte(bytes[length]) {
      length += 1
    }
    let start = byteOffset - numberText.count
    guard numberText.count + length <= limits.numberBytes else {
      let message = "a number of more than \(limits.numberBytes) bytes"
      throw JSONError(.tooLarge, message, byteOffset: start)
    }
    let text = UnsafeRawBufferPointer(rebasing: bytes[..<length])
    if length == bytes.count {
      numberText.append(contentsOf: text)
    } else if numberText.isEmpty {
      try handler.receivedNumber(JSONNumber(text, at: start))
      finishedValue()
    } else {
      numberText.append(contentsOf: text)
      try finishNumber(startingAt: start, into: &handler)
    }
    byteOffset += length
  }

  /// Reports the number that `numberText` holds.
  mutating func finishNumber(
    startingAt start: Int,
    into handler: inout some JSONTokenHandler
  ) throws {
    let number = try numberText.withUnsafeBytes { text in try JSONNumber(text, at: start) }
    numberText.removeAll(keepingCapacity: true)
    try handler.receivedNumber(number)
    finishedValue()
  }

  private static func isNumberByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default:
      false
    }
  }
}

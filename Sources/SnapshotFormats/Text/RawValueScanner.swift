internal import HeapModel
internal import JSONStream

/// Finds where a JSON value ends, whatever it is, and lends its bytes as they came.
///
/// The extent is found by brackets and quotes alone; that the value is JSON, and not too deep, is
/// checked beside by the tokenizer.
struct RawValueScanner {
  private enum Shape {
    case unknown
    case container
    case string
    /// A number or a word: ends in front of a comma, a bracket or white space.
    case bare
  }

  private var shape = Shape.unknown
  private var depth = 0
  private var insideString = false
  private var escaped = false
  private var tokenizer: JSONTokenizer
  /// Where the value begins in the text.
  let startOffset: UInt64
  private var nothing = NoHandler()

  init(startOffset: UInt64, depth: Int, stringByteCount: Int) {
    self.startOffset = startOffset
    let limits = JSONTokenizer.Limits(depth: depth, stringBytes: stringByteCount)
    tokenizer = JSONTokenizer(limits: limits)
  }

  /// The value's bytes of one piece.
  struct Piece {
    /// Where there is a failure, those in front of it: the same as if the piece had ended there.
    var bytes: UnsafeRawBufferPointer
    var isComplete = false
    /// Why the value is no JSON.
    var failure: SnapshotError?
  }

  mutating func consume(_ input: inout TextInput) -> Piece {
    let start = input.cursor
    let pieceOffset = input.offset
    let isComplete = findEnd(&input)
    let bytes = UnsafeRawBufferPointer(start: start, count: input.cursor - start)
    do {
      try tokenizer.consume(bytes, into: &nothing)
      if isComplete { try tokenizer.finish(into: &nothing) }
      return Piece(bytes: bytes, isComplete: isComplete)
    } catch {
      let failure = SnapshotError(inValueAt: startOffset, error)
      let place = max(failure.byteOffset ?? pieceOffset, pieceOffset)
      let count = min(Int(place - pieceOffset), bytes.count)
      return Piece(
        bytes: UnsafeRawBufferPointer(rebasing: bytes[..<count]),
        failure: failure
      )
    }
  }

  private mutating func findEnd(_ input: inout TextInput) -> Bool {
    while input.isEmpty == false {
      let byte = input.cursor.pointee
      if shape == .bare {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): return true
        case _ where byte.isJSONWhiteSpace: return true
        default: break
        }
      }
      input.cursor += 1
      if insideString {
        if received(insideString: byte) { return true }
      } else if received(byte) {
        return true
      }
    }
    return false
  }

  /// Answers whether the value ended with this byte.
  private mutating func received(insideString byte: UInt8) -> Bool {
    if escaped {
      escaped = false
    } else if byte == UInt8(ascii: "\\") {
      escaped = true
    } else if byte == UInt8(ascii: "\"") {
      insideString = false
      return depth == 0
    }
    return false
  }

  private mutating func received(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\""):
      insideString = true
      if shape == .unknown { shape = .string }
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      shape = .container
      depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      return depth <= 0
    default:
      if shape == .unknown { shape = .bare }
    }
    return false
  }
}

/// For reading that only checks.
private struct NoHandler: JSONTokenHandler {
  mutating func beganObject() {}
  mutating func endedObject() {}
  mutating func beganArray() -> JSONArrayTreatment { .tokens }
  mutating func endedArray() {}
  mutating func receivedKey(_ key: RawSpan) {}
  mutating func receivedString(_ part: RawSpan, isLast: Bool) {}
  mutating func receivedNumber(_ number: JSONNumber) {}
  mutating func receivedBool(_ value: Bool) {}
  mutating func receivedNull() {}
}

extension SnapshotError {
  /// An error of the JSON reader in a value that begins at `offset` of the text.
  init(inValueAt offset: UInt64, _ error: any Error) {
    guard let error = error as? JSONError else {
      self.init(.malformed, "\(error)", at: offset)
      return
    }
    let code: Code =
      switch error.code {
      case .malformed: .malformed
      case .tooLarge: .tooLarge
      case .truncated: .truncated
      }
    self.init(code, error.message, at: offset &+ UInt64(error.byteOffset))
  }
}

/// Why a snapshot could not be read or built.
package struct SnapshotError: Error, Hashable, CustomStringConvertible {
  /// What the caller can do about it, which is all a caller should switch on.
  package enum Code: Hashable, Sendable {
    /// The bytes are not what the format says; reading them again will not help.
    case malformed
    /// The input ended early; the same file read whole may be fine.
    case truncated
    /// A limit was passed: depth, length, count.
    case tooLarge
    /// Well formed, but of a kind or version that this program does not know.
    case unsupported
    /// The system could not give us the bytes, or the memory for them; it may work later.
    case unreadable
  }

  package var code: Code
  package var message: String
  /// Where in the input, counted from its first byte, if it is known.
  package var byteOffset: UInt64?

  package init(_ code: Code, _ message: String, at byteOffset: UInt64? = nil) {
    self.code = code
    self.message = message
    self.byteOffset = byteOffset
  }

  /// The same error, at `byteOffset` unless it knows better.
  ///
  /// What the system refuses has no place in the input.
  package func placed(at byteOffset: UInt64) -> SnapshotError {
    guard self.byteOffset == nil, code != .unreadable else { return self }
    return SnapshotError(code, message, at: byteOffset)
  }

  package var description: String {
    byteOffset.map { "\(message) (at byte \($0))" } ?? message
  }
}

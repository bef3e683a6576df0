/// Why a JSON text was refused, and where.
///
/// Reading the same bytes again ends the same way; only `truncated` can be mended by more bytes.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The bytes are not JSON.
    case malformed
    /// The bytes may be JSON, but pass a limit of ours: depth, length, count, or a number's range.
    case tooLarge
    /// The text ended before its value did.
    case truncated
  }

  package let code: Code
  package let message: String
  /// Offset of the byte that was refused, from the first byte of the text.
  package let byteOffset: Int

  package init(_ code: Code, _ message: String, byteOffset: Int) {
    self.code = code
    self.message = message
    self.byteOffset = byteOffset
  }

  package var description: String {
    "\(message) (byte \(byteOffset))"
  }
}

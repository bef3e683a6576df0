/// Why bytes could not be compressed or decompressed.
package struct CompressionError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The bytes are not what they should be; reading them again will not help.
    case corrupt
    /// The input ended before its frame did; the same bytes with their rest may be good.
    case truncated
    /// The output is larger than was agreed, or wants more memory to be read than we give.
    case tooLarge
    /// The library could not get memory; the same may work later.
    case outOfMemory
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

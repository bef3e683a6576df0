/// Why a message could not be read.
package struct FleetError: Error, Hashable, CustomStringConvertible {
  /// What the caller can do about it, which is all a caller should switch on.
  package enum Code: Hashable, Sendable {
    /// The bytes are not what the contract says; sending them again will not help.
    case malformed
    /// A maximum of the contract was passed; less in one message may be welcome.
    case tooLarge
    /// Well formed, but it speaks of something that this version does not know.
    case unsupported
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

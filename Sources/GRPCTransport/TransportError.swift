/// Why a channel or a server could not be made.
///
/// Its description is a sentence for the operator.
package struct TransportError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// Not an address, or none this process could use.
    case invalidAddress
    /// Without TLS only loopback and Unix sockets are allowed.
    case plaintextRefused
    /// The address belongs to another process; trying again helps once that one is gone.
    case addressInUse
    /// The address could not be opened for another reason.
    case cannotListen
    /// The folder or file of a Unix socket is not safe to use.
    case unsafeSocket
    /// Certificate, key or roots are missing or not readable as PEM.
    case invalidCredentials
    /// The queue was shut down, or the core refused the operation: a mistake of the program.
    case misuse
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

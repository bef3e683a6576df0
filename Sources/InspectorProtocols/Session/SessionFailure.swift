/// Why a request has no result.
package struct SessionFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What the caller can do about it, which is all a caller should switch on.
  package enum Code: Hashable, Sendable {
    /// This runtime cannot do that; asking again will not help.
    case unsupported
    /// Something else is going on that excludes it; asking later will help.
    case busy
    /// A developer's own session has what it takes.
    case inUse
    /// Another client of the same inspector spoiled it; asking again may help.
    case interrupted
    /// The target did not answer in time, or answered what we cannot read.
    case noAnswer
    /// The session ends or has ended; a new one may do better.
    case sessionOver
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

/// Why a session lets go of its target.
package enum LetGoReason: Hashable, Sendable {
  /// It was asked to.
  case detached
  /// The program ends and waits for us: close within milliseconds.
  case targetExiting
  /// The socket was closed by the other side.
  case targetGone
  /// No answer for minutes. The target may live; attaching again later may work.
  case unresponsive
  /// The inspector spoke what we cannot read, or lacks what we need to do no harm.
  case unusable(String)
}

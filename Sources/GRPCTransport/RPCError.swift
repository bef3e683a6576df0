/// A call that did not end well: what a client gets, and what a handler may throw to say so.
package struct RPCError: Error, Sendable, Equatable, CustomStringConvertible {
  /// All a caller should switch on.
  ///
  /// A handler that throws `.ok` is answered as `.unknown`.
  package var code: StatusCode
  /// A sentence for a person; any Unicode text.
  ///
  /// Cut at 2 KiB when sent.
  package var message: String
  /// What the server sent after its last message.
  ///
  /// Left out when sent if it does not fit into the peer's limit for metadata.
  package var trailing: Metadata
  /// An error in a form the peer's program understands (`grpc-status-details-bin`).
  ///
  /// Left out when sent if they do not fit into the peer's limit for metadata.
  package var details: [UInt8]?

  package init(
    _ code: StatusCode,
    _ message: String,
    trailing: Metadata = Metadata(),
    details: [UInt8]? = nil
  ) {
    self.code = code
    self.message = message
    self.trailing = trailing
    self.details = details
  }

  /// Whether the same call may succeed later, as it is: the peer is away or too busy.
  package var isTransient: Bool {
    code == .unavailable || code == .resourceExhausted
  }

  package var description: String {
    "\(code): \(message)"
  }
}

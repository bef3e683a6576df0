/// A connection on which something is said now and then, and read as it comes.
///
/// One task owns it and both sends and receives; `connection.wake()` reaches it from elsewhere.
package protocol StreamClient: AnyObject {
  var connection: SocketConnection { get }

  /// Sends one message.
  ///
  /// - Throws: `SocketError`, `CancellationError`; the connection is of no more use then.
  func send(_ message: [UInt8], isolation: isolated (any Actor)?) async throws

  /// Waits for bytes and hands on what is in them.
  ///
  /// Reads at most one buffer before it comes back, so the caller can act in between. Whatever
  /// `receive` does with the pieces delays only this connection.
  ///
  /// - Parameter deadline: nil waits without end.
  /// - Throws: `SocketError` (`malformed` when the server breaks the protocol), `CancellationError`;
  ///   the connection is of no more use then.
  func receive(
    until deadline: ContinuousClock.Instant?,
    isolation: isolated (any Actor)?,
    _ receive: (StreamPiece) -> Void
  ) async throws -> StreamOutcome

  /// Says goodbye as well as that goes without waiting, and closes the socket.
  func close()
}

/// What arrives; bytes are valid during the call only.
///
/// A stream that has no messages of its own is all bytes: where one ends is then for its protocol
/// to know.
package enum StreamPiece {
  case messageBegan
  case bytes(UnsafeRawBufferPointer)
  case messageEnded
}

/// Why `receive` came back.
package enum StreamOutcome: Hashable, Sendable {
  /// Pieces were handed on, or at least bytes arrived.
  case received
  case timedOut
  /// `connection.wake()` was called.
  case woken
  /// The server closed; `code` is what it said, if it said anything.
  case closed(code: UInt16?)
}

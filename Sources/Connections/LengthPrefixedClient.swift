/// A connection on which each message follows its length: how a program talks that has connected to
/// us instead of listening.
package final class LengthPrefixedClient: StreamClient {
  private let stream: ByteStreamClient
  private var frames = LengthPrefixedFrames()

  package var connection: SocketConnection { stream.connection }

  /// Takes charge of a connection that was accepted.
  package init(_ connection: SocketConnection) {
    stream = ByteStreamClient(connection: connection)
  }

  package func send(_ message: [UInt8], isolation: isolated (any Actor)?) async throws {
    try await stream.send(LengthPrefixedFrames.framed(message), isolation: isolation)
  }

  package func receive(
    until deadline: ContinuousClock.Instant?,
    isolation: isolated (any Actor)?,
    _ receive: (StreamPiece) -> Void
  ) async throws -> StreamOutcome {
    var failure: SocketError?
    let outcome = try await stream.receive(until: deadline, isolation: isolation) { piece in
      guard case .bytes(let bytes) = piece else { return }
      do throws(SocketError) {
        try frames.take(bytes, receive)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return outcome
  }

  package func close() {
    stream.close()
  }
}

/// What a server does for one method.
///
/// A handler may throw an `RPCError`, which is the answer. Any other error is answered with
/// INTERNAL and a neutral sentence, and told to the server's `report`.
package enum Handler: Sendable {
  /// Called when the message has arrived whole, with that message.
  case unary(@Sendable (ServerCall, consuming Payload) async throws -> Payload)
  /// Called when the call arrives. A payload that it returns goes out with the status.
  case streaming(@Sendable (ServerCall) async throws -> Payload?)
}

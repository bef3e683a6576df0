/// One method of the contract: where it is called, and what goes in and comes out.
package struct FleetMethod<Request: FleetMessage, Reply: FleetMessage>: Sendable {
  /// As gRPC names it: `/retinue.fleet.v1.Agents/Control`.
  package let path: String
  package let asksInStream: Bool
  package let answersInStream: Bool
}

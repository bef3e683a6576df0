/// A message in two pieces, to be sent one after the other, so that a large payload is not copied.
package struct FleetPieces: Sendable {
  /// Everything before the payload, with the payload's own tag and length.
  package let head: [UInt8]
  /// The message's own array.
  package let payload: [UInt8]
}

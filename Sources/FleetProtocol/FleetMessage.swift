/// A message of the contract in `proto/`, as a Swift value.
package protocol FleetMessage: Hashable, Sendable {
  /// The message on the wire, never more than the contract allows (`FleetLimits`).
  ///
  /// Texts that are too long are cut at a character, lists at their maximum; a NUL in a text
  /// becomes U+FFFD.
  func encoded() -> [UInt8]

  /// Reads a message that a peer sent, trusting nothing about it.
  ///
  /// Costs at most 32 times the message in memory while it runs. Unknown fields are ignored, so a
  /// peer with a newer minor version is understood.
  ///
  /// - Throws: `malformed` when the bytes are no such message or a field is not what it must be,
  ///   `tooLarge` when a maximum is passed, `unsupported` when a word is from a later version.
  init(decoding bytes: UnsafeRawBufferPointer) throws(FleetError)
}

extension FleetMessage {
  package init(decoding bytes: [UInt8]) throws(FleetError) {
    self = try bytes.withUnsafeBytes { buffer in
      Result { () throws(FleetError) in try Self(decoding: buffer) }
    }.get()
  }
}

/// Reads a snapshot that comes as bytes cut anywhere, and emits its records to the receiver it was
/// made with.
///
/// What came whole in front of an error, rows and strings alike, has been handed on when the error
/// is thrown, so that a receiver can make something of it. After an error of `consume` a reader is
/// good for nothing but `finish`, which hands on what may be left and throws again.
package protocol SnapshotByteReader: AnyObject {
  /// Reads the next piece.
  func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError)

  /// The bytes are over.
  func finish() throws(SnapshotError)
}

/// A form in which snapshots lie in files, told from its first bytes.
package struct SnapshotForm: Sendable {
  /// How many of the first bytes `recognises` is given, or all if there are fewer.
  package static let signatureLength = 8

  package let recognises: @Sendable ([UInt8]) -> Bool
  package let makeReader:
    @Sendable (any SnapshotRecordReceiver) throws(SnapshotError) -> any SnapshotByteReader

  package init(
    recognises: @escaping @Sendable ([UInt8]) -> Bool,
    makeReader:
      @escaping @Sendable (any SnapshotRecordReceiver) throws(SnapshotError)
      -> any SnapshotByteReader
  ) {
    self.recognises = recognises
    self.makeReader = makeReader
  }
}

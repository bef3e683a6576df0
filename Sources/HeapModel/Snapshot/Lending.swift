extension [UInt8] {
  /// Calls `receive` with the bytes; `withUnsafeBytes` for a closure of typed errors.
  package func lend(
    to receive: (UnsafeRawBufferPointer) throws(SnapshotError) -> Void
  ) throws(SnapshotError) {
    var failure: SnapshotError?
    withUnsafeBytes { bytes in
      do throws(SnapshotError) { try receive(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}

internal import HeapModel
internal import SnapshotColumns
internal import SnapshotFormats

/// A file with a snapshot: an engine's text, also packed, or our own columns; told by its content.
struct SnapshotFile {
  private let path: String

  init(_ path: String) {
    self.path = path
  }

  /// Reads all of it.
  ///
  /// - Parameter progress: bytes read and bytes in all.
  func read(
    into receiver: any SnapshotRecordReceiver,
    progress: (_ done: UInt64, _ total: UInt64) -> Void = { _, _ in }
  ) throws(SnapshotError) {
    let reader = SnapshotFileReader(path: path, otherForms: [.columns()])
    try reader.read(into: receiver) { state in progress(state.bytesRead, state.byteCount) }
  }

  /// Reads what is there of a file that may break off.
  func readWhatIsThere(
    into receiver: any SnapshotRecordReceiver,
    progress: (_ done: UInt64, _ total: UInt64) -> Void
  ) throws(SnapshotError) -> SnapshotFileReader.Extent {
    let reader = SnapshotFileReader(path: path, otherForms: [.columns()])
    return try reader.readWhatIsThere(into: receiver) { state in
      progress(state.bytesRead, state.byteCount)
    }
  }
}

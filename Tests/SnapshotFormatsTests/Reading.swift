import HeapModel
import SnapshotFormats
import TestSupport

/// The records of a snapshot's text, of whatever engine, fed in pieces.
func record(_ bytes: [UInt8], pieceSize: Int = .max) throws -> RecordedSnapshot {
  let recorder = SnapshotRecorder()
  try read(bytes, pieceSize: pieceSize, into: recorder)
  return recorder.snapshot
}

func record(_ bytes: [UInt8], cutAt cut: Int) throws -> RecordedSnapshot {
  let recorder = SnapshotRecorder()
  let reader = try SnapshotTextReader(receiver: recorder)
  try reader.consume(bytes[..<cut])
  try reader.consume(bytes[cut...])
  try reader.finish()
  return recorder.snapshot
}

func graph(_ bytes: [UInt8]) throws -> HeapGraph {
  let builder = HeapGraphBuilder()
  try read(bytes, into: builder)
  return try builder.makeGraph()
}

func graph(_ snapshot: RecordedSnapshot) throws -> HeapGraph {
  let builder = HeapGraphBuilder()
  try snapshot.replay(into: builder)
  return try builder.makeGraph()
}

func read(
  _ bytes: [UInt8],
  pieceSize: Int = .max,
  into receiver: any SnapshotRecordReceiver
) throws {
  let reader = try SnapshotTextReader(receiver: receiver)
  var rest = bytes[...]
  while rest.isEmpty == false {
    try reader.consume(rest.prefix(pieceSize))
    rest = rest.dropFirst(pieceSize)
  }
  try reader.finish()
}

/// What went wrong with a text, or nil if nothing did.
func failure(_ bytes: [UInt8]) -> SnapshotError? {
  do {
    _ = try graph(bytes)
    return nil
  } catch {
    return error as? SnapshotError
  }
}

/// The text that is written for records.
func write(_ snapshot: RecordedSnapshot) throws -> [UInt8] {
  let text = WrittenText()
  try snapshot.replay(into: SnapshotTextWriter(to: text.append))
  return text.bytes
}

final class WrittenText {
  private(set) var bytes: [UInt8] = []

  func append(_ piece: UnsafeRawBufferPointer) {
    bytes += piece
  }
}

extension SnapshotTextReader {
  func consume(_ bytes: ArraySlice<UInt8>) throws {
    try bytes.withUnsafeBytes { try consume($0) }
  }
}

extension RecordedSnapshot.Section {
  func column(_ role: SnapshotField.Role) -> [Int64]? {
    section.fields.column(role).map { columns[$0] }
  }
}

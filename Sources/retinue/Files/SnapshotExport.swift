internal import HeapModel
internal import SnapshotColumns
internal import SnapshotFormats

/// Writes a snapshot's records to a file, in the form that was asked for.
///
/// A V8 snapshot is written while it comes. Another engine's heap as `.heapsnapshot` needs the
/// whole graph in memory first.
final class SnapshotExport {
  /// Where the records go.
  let receiver: any SnapshotRecordReceiver
  private let file: OutputFile

  init(_ format: SnapshotFileFormat, to file: OutputFile) throws {
    self.file = file
    switch format {
    case .native:
      try file.write(ColumnsFile.beginning)
      receiver = try SnapshotColumnsEncoder { (block) throws(SnapshotError) in
        try Self.writing { () throws(ClientError) in try file.write(ColumnsFile.bytes(of: block)) }
      }
    case .engine:
      receiver = Self.textWriter(file)
    case .heapsnapshot:
      receiver = DevToolsExport(text: Self.textWriter(file))
    }
  }

  private static func textWriter(_ file: OutputFile) -> SnapshotTextWriter {
    SnapshotTextWriter { (bytes) throws(SnapshotError) in
      try writing { () throws(ClientError) in try file.write(bytes) }
    }
  }

  private static func writing(_ body: () throws(ClientError) -> Void) throws(SnapshotError) {
    do {
      try body()
    } catch {
      throw SnapshotError(.unreadable, error.description)
    }
  }
}

/// Passes V8's records on as they are, and shows other engines' heaps as V8's at the end.
private final class DevToolsExport: SnapshotRecordReceiver {
  private let text: SnapshotTextWriter
  private var builder: HeapGraphBuilder?

  private var next: any SnapshotRecordReceiver { builder ?? text }

  init(text: SnapshotTextWriter) {
    self.text = text
  }

  func header(_ header: SnapshotHeader) throws(SnapshotError) {
    if header.engine != .v8 { builder = HeapGraphBuilder() }
    try next.header(header)
  }

  func section(_ section: SnapshotSection) throws(SnapshotError) {
    try next.section(section)
  }

  func rows(_ batch: ColumnBatch) throws(SnapshotError) {
    try next.rows(batch)
  }

  func strings(_ batch: StringBatch) throws(SnapshotError) {
    try next.strings(batch)
  }

  func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    try next.raw(bytes)
  }

  func end() throws(SnapshotError) {
    try next.end()
    if let builder { try V8GraphExport(builder.makeGraph()).emit(into: text) }
  }
}

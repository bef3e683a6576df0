package import HeapModel

/// Everything a snapshot's records said, however they were cut into batches.
package struct RecordedSnapshot: Hashable, Sendable {
  package struct Section: Hashable, Sendable {
    package var section: SnapshotSection
    package var columns: [[Int64]] = []
    package var strings: [[UInt8]] = []
    package var raw: [UInt8] = []

    package init(section: SnapshotSection) {
      self.section = section
      columns = section.fields.map { _ in [] }
    }

    /// The strings for people.
    package var text: [String] { strings.map { String(decoding: $0, as: UTF8.self) } }
  }

  package var header: SnapshotHeader?
  package var sections: [Section] = []
  package var isEnded = false

  package init() {}

  package subscript(name: String) -> Section? {
    sections.first { $0.section.name == name }
  }

  /// Emits the records again, in batches of at most `batchSize` rows or strings.
  package func replay(
    into receiver: any SnapshotRecordReceiver,
    batchSize: Int = ColumnBatch.maximumRowCount
  ) throws(SnapshotError) {
    if let header { try receiver.header(header) }
    for section in sections {
      try receiver.section(section.section)
      switch section.section.content {
      case .rows: try section.replayRows(into: receiver, batchSize)
      case .strings: try section.replayStrings(into: receiver, batchSize)
      case .raw: try section.replayRaw(into: receiver, batchSize)
      }
    }
    if isEnded { try receiver.end() }
  }
}

extension RecordedSnapshot.Section {
  fileprivate func replayRows(
    into receiver: any SnapshotRecordReceiver,
    _ batchSize: Int
  ) throws(SnapshotError) {
    let builder = ColumnBatchBuilder(columnCount: columns.count)
    let rowCount = columns.first?.count ?? 0
    for row in 0..<rowCount {
      for column in columns.indices {
        builder.column(column)[builder.rowCount] = columns[column][row]
      }
      builder.rowCount += 1
      if builder.rowCount == batchSize || row == rowCount - 1 {
        try receiver.rows(builder.batch)
        builder.rowCount = 0
      }
    }
  }

  fileprivate func replayStrings(
    into receiver: any SnapshotRecordReceiver,
    _ batchSize: Int
  ) throws(SnapshotError) {
    let builder = StringBatchBuilder()
    let receive = { (batch: StringBatch) throws(SnapshotError) in try receiver.strings(batch) }
    for string in strings {
      string.withUnsafeBytes { builder.append($0) }
      builder.endString()
      if builder.count == batchSize { try builder.flush(to: receive) }
    }
    try builder.flush(to: receive)
  }

  fileprivate func replayRaw(
    into receiver: any SnapshotRecordReceiver,
    _ pieceSize: Int
  ) throws(SnapshotError) {
    var rest = raw[...]
    while rest.isEmpty == false {
      let piece = Array(rest.prefix(pieceSize))
      rest = rest.dropFirst(pieceSize)
      var failure: SnapshotError?
      piece.withUnsafeBytes { bytes in
        do throws(SnapshotError) { try receiver.raw(bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }
}

/// A receiver that keeps everything.
package final class SnapshotRecorder: SnapshotRecordReceiver {
  package private(set) var snapshot = RecordedSnapshot()

  package init() {}

  package func header(_ header: SnapshotHeader) {
    snapshot.header = header
  }

  package func section(_ section: SnapshotSection) {
    snapshot.sections.append(RecordedSnapshot.Section(section: section))
  }

  package func rows(_ batch: ColumnBatch) {
    let last = snapshot.sections.count - 1
    for column in 0..<batch.columnCount {
      snapshot.sections[last].columns[column] += batch.column(column)
    }
  }

  package func strings(_ batch: StringBatch) {
    let last = snapshot.sections.count - 1
    for index in 0..<batch.count {
      let range = Int(batch.offsets[index])..<Int(batch.offsets[index + 1])
      snapshot.sections[last].strings.append(Array(batch.bytes[range]))
    }
  }

  package func raw(_ bytes: UnsafeRawBufferPointer) {
    snapshot.sections[snapshot.sections.count - 1].raw += bytes
  }

  package func end() {
    snapshot.isEnded = true
  }
}

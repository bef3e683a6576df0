internal import JSONStream
package import HeapModel

/// Takes the text that a writer makes, piece by piece; what it throws ends the writing.
package typealias SnapshotTextSink = (UnsafeRawBufferPointer) throws(SnapshotError) -> Void

/// Writes a snapshot's records back as its engine's own text.
///
/// The text is equal as JSON to the one that was read: sections in their order, numbers and strings
/// the same, unknown sections byte for byte; only white space and the choice of escapes are ours.
/// Holds one batch of text, about 100 KiB.
package final class SnapshotTextWriter: SnapshotRecordReceiver {
  private static let pieceByteCount = 1 << 16

  private let sink: SnapshotTextSink
  private var output: [UInt8] = []
  private var strings = JSONWriter()
  private var section: SnapshotSection?
  private var isFirstRow = true

  package init(to sink: @escaping SnapshotTextSink) {
    self.sink = sink
    output.reserveCapacity(Self.pieceByteCount * 2)
  }

  /// - Throws: `unsupported` for an engine whose snapshots are not text.
  package func header(_ header: SnapshotHeader) throws(SnapshotError) {
    switch header.engine {
    case .v8:
      output += "{\"snapshot\":".utf8
      output += header.engineHeader
    case .javaScriptCore:
      // The header's members stand among the sections.
      guard header.engineHeader.last == UInt8(ascii: "}") else {
        throw SnapshotError(.malformed, "the engine's header is no object")
      }
      output += header.engineHeader.dropLast()
    case .spiderMonkey:
      throw SnapshotError(.unsupported, "snapshots of SpiderMonkey are not text")
    }
  }

  package func section(_ section: SnapshotSection) throws(SnapshotError) {
    endSection()
    self.section = section
    output += ",\n".utf8
    var key = JSONWriter()
    key.string(section.name)
    output += key.bytes
    output.append(UInt8(ascii: ":"))
    switch section.content {
    case .rows:
      output.append(UInt8(ascii: "["))
      isFirstRow = true
    case .strings:
      strings = JSONWriter()
      strings.beginArray()
    case .raw: break
    }
  }

  package func rows(_ batch: ColumnBatch) throws(SnapshotError) {
    guard let section, section.content == .rows, batch.columnCount == section.fields.count else {
      throw SnapshotError(.malformed, "rows that do not fit their section")
    }
    for row in 0..<batch.rowCount {
      for (column, field) in section.fields.enumerated() {
        if isFirstRow == false || column > 0 { output.append(UInt8(ascii: ",")) }
        try append(batch.column(column)[row], as: field)
      }
      isFirstRow = false
      if output.count >= Self.pieceByteCount { try flush() }
    }
  }

  private func append(_ value: Int64, as field: SnapshotField) throws(SnapshotError) {
    switch field.form {
    case .number:
      output.appendDecimal(value)
    case .scaledOrdinal:
      let (scaled, overflow) = value.multipliedReportingOverflow(by: Int64(field.scale))
      guard overflow == false else {
        throw SnapshotError(.malformed, "\(field.name) \(value) is out of range")
      }
      output.appendDecimal(scaled)
    case .hexadecimalString:
      output += "\"0x".utf8
      output += String(UInt64(bitPattern: value), radix: 16).utf8
      output.append(UInt8(ascii: "\""))
    }
  }

  package func strings(_ batch: StringBatch) throws(SnapshotError) {
    for index in 0..<batch.count {
      let range = Int(batch.offsets[index])..<Int(batch.offsets[index + 1])
      strings.string(wtf8: UnsafeRawBufferPointer(rebasing: batch.bytes[range]).bytes)
      if strings.bytes.count >= Self.pieceByteCount {
        output += strings.takeBytes()
        try flush()
      }
    }
  }

  package func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    output += bytes
    if output.count >= Self.pieceByteCount { try flush() }
  }

  package func end() throws(SnapshotError) {
    endSection()
    output += "}\n".utf8
    try flush()
  }

  private func endSection() {
    switch section?.content {
    case .rows:
      output.append(UInt8(ascii: "]"))
    case .strings:
      strings.endArray()
      output += strings.takeBytes()
    case .raw, nil: break
    }
    section = nil
  }

  private func flush() throws(SnapshotError) {
    try output.lend(to: sink)
    output.removeAll(keepingCapacity: true)
  }
}

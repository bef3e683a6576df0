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
  private let output = FlatArray<UInt8>(capacity: 2 * SnapshotTextWriter.pieceByteCount)
  private var strings = JSONWriter()
  private var section: SnapshotSection?
  private var isFirstRow = true

  package init(to sink: @escaping SnapshotTextSink) {
    self.sink = sink
  }

  /// - Throws: `unsupported` for an engine whose snapshots are not text.
  package func header(_ header: SnapshotHeader) throws(SnapshotError) {
    switch header.engine {
    case .v8:
      output.append("{\"snapshot\":")
      output.append(header.engineHeader)
    case .javaScriptCore:
      // The header's members stand among the sections.
      guard header.engineHeader.last == UInt8(ascii: "}") else {
        throw SnapshotError(.malformed, "the engine's header is no object")
      }
      output.append(header.engineHeader.dropLast())
    case .spiderMonkey:
      throw SnapshotError(.unsupported, "snapshots of SpiderMonkey are not text")
    }
  }

  package func section(_ section: SnapshotSection) throws(SnapshotError) {
    endSection()
    self.section = section
    var key = JSONWriter()
    key.string(section.name)
    output.append(",\n\(key.text):")
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
    let columns = section.fields.indices.map { batch.column($0) }
    for row in 0..<batch.rowCount {
      // Room for the longest row; what it does not take is given back.
      let before = output.count
      let start = output.grow(by: columns.count * Self.valueByteLimit)
      var place = start
      for (column, field) in section.fields.enumerated() {
        if isFirstRow == false || column > 0 { place.put(UInt8(ascii: ",")) }
        try put(columns[column][row], as: field, at: &place)
      }
      output.truncate(to: before + (place - start))
      isFirstRow = false
      if output.count >= Self.pieceByteCount { try flush() }
    }
  }

  /// A comma, a sign and 19 digits, or an address in quotes.
  private static let valueByteLimit = 24

  private func put(
    _ value: Int64,
    as field: SnapshotField,
    at place: inout UnsafeMutablePointer<UInt8>
  ) throws(SnapshotError) {
    switch field.form {
    case .number:
      place.put(decimal: value)
    case .scaledOrdinal:
      let (scaled, overflow) = value.multipliedReportingOverflow(by: Int64(field.scale))
      guard overflow == false else {
        throw SnapshotError(.malformed, "\(field.name) \(value) is out of range")
      }
      place.put(decimal: scaled)
    case .hexadecimalString:
      place.put(address: UInt64(bitPattern: value))
    }
  }

  package func strings(_ batch: StringBatch) throws(SnapshotError) {
    for index in 0..<batch.count {
      let range = Int(batch.offsets[index])..<Int(batch.offsets[index + 1])
      strings.string(wtf8: UnsafeRawBufferPointer(rebasing: batch.bytes[range]).bytes)
      if strings.bytes.count >= Self.pieceByteCount {
        output.append(strings.takeBytes())
        try flush()
      }
    }
  }

  package func raw(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    output.append(bytes)
    if output.count >= Self.pieceByteCount { try flush() }
  }

  package func end() throws(SnapshotError) {
    endSection()
    output.append("}\n")
    try flush()
  }

  private func endSection() {
    switch section?.content {
    case .rows:
      output.append(UInt8(ascii: "]"))
    case .strings:
      strings.endArray()
      output.append(strings.takeBytes())
    case .raw, nil: break
    }
    section = nil
  }

  private func flush() throws(SnapshotError) {
    try sink(UnsafeRawBufferPointer(output.elements))
    output.removeAll(keepingCapacity: 2 * Self.pieceByteCount)
  }
}

extension FlatArray<UInt8> {
  fileprivate func append(_ bytes: some Collection<UInt8>) {
    let place = UnsafeMutableBufferPointer(start: grow(by: bytes.count), count: bytes.count)
    _ = place.update(fromContentsOf: bytes)
  }

  fileprivate func append(_ text: String) {
    append(text.utf8)
  }
}

/// Text of numbers, written where there is room for it; the pointer moves behind what was written.
extension UnsafeMutablePointer<UInt8> {
  @inline(__always)
  fileprivate mutating func put(_ byte: UInt8) {
    pointee = byte
    self += 1
  }

  @inline(__always)
  fileprivate mutating func put(decimal value: Int64) {
    if value < 0 { put(UInt8(ascii: "-")) }
    var rest = value.magnitude
    if rest < 10 {
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest))
      return
    }
    let end = self + rest.decimalLength
    var place = end
    while place > self {
      place -= 1
      place.pointee = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    self = end
  }

  fileprivate mutating func put(address: UInt64) {
    for byte in "\"0x\(String(address, radix: 16))\"".utf8 { put(byte) }
  }
}

extension UInt64 {
  fileprivate var decimalLength: Int {
    var length = 1
    var rest = self
    while rest >= 10_000 {
      rest /= 10_000
      length += 4
    }
    return length + (rest >= 1_000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
  }
}

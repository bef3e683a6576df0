internal import HeapModel

/// Reads an engine's snapshot text, piece by piece, and emits its records.
///
/// Holds one batch, one string and the header; the text itself goes by. After an error it is of
/// no more use.
final class SnapshotTextParser<Grammar: SnapshotGrammar> {
  private enum Part {
    case envelope
    case header(key: String, RawValueScanner, offset: UInt64)
    case rows(SnapshotSection, NumberTableScanner)
    case strings(SnapshotSection, StringArrayScanner)
    case raw(RawValueScanner)
  }

  private var grammar: Grammar
  private let receiver: any SnapshotRecordReceiver
  private let limits: SnapshotReadingLimits

  private var envelope = EnvelopeScanner()
  private var part = Part.envelope
  private var headerText: [UInt8] = []
  private var seenKeys: Set<String> = []
  private(set) var byteOffset: UInt64 = 0

  init(_ grammar: Grammar, limits: SnapshotReadingLimits, receiver: any SnapshotRecordReceiver) {
    self.grammar = grammar
    self.limits = limits
    self.receiver = receiver
  }

  func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    guard var input = TextInput(bytes, startOffset: byteOffset) else { return }
    guard byteOffset + UInt64(bytes.count) <= limits.byteCount else {
      throw input.tooLarge("a snapshot of more than \(limits.byteCount) bytes")
    }
    defer { byteOffset = input.offset }
    do throws(SnapshotError) {
      var isExhausted = false
      while isExhausted == false {
        isExhausted = try advance(&input)
      }
    } catch {
      throw error.placed(at: input.offset)
    }
  }

  func finish() throws(SnapshotError) {
    guard envelope.isFinished else {
      let end = SnapshotError(.truncated, "the snapshot ends too early", at: byteOffset)
      switch part {
      case .rows(let section, let scanner): throw handOn(scanner, of: section, inFrontOf: end)
      case .strings(let section, let scanner): throw handOn(scanner, of: section, inFrontOf: end)
      case .envelope, .header, .raw: throw end
      }
    }
    try grammar.finish(at: byteOffset)
    try receiver.end()
  }

  /// Lets the current part read; answers whether the piece is used up.
  private func advance(_ input: inout TextInput) throws(SnapshotError) -> Bool {
    // The part is taken out while it reads, so that its state has one owner and is not copied.
    var current = Part.envelope
    swap(&current, &part)
    switch current {
    case .envelope:
      switch try envelope.next(&input) {
      case .exhausted: return true
      case .value(let key): try begin(key, at: input.offset)
      }
      return false
    case .header(let key, var scanner, let offset):
      let piece = scanner.consume(&input)
      if let failure = piece.failure { throw failure }
      headerText.append(contentsOf: piece.bytes)
      guard headerText.count <= limits.headerByteCount else {
        throw input.tooLarge("'\(key)' of more than \(limits.headerByteCount) bytes")
      }
      guard piece.isComplete else {
        part = .header(key: key, scanner, offset: offset)
        return true
      }
      try endHeader(key, at: offset)
      return false
    case .raw(var scanner):
      let piece = scanner.consume(&input)
      try emit(piece.bytes, ofValueAt: scanner.startOffset)
      if let failure = piece.failure { throw failure }
      guard piece.isComplete else {
        part = .raw(scanner)
        return true
      }
      return false
    case .rows(let section, var scanner):
      let event: NumberTableScanner.Event
      do throws(SnapshotError) {
        event = try scanner.consume(&input)
      } catch {
        throw handOn(scanner, of: section, inFrontOf: error)
      }
      if event != .exhausted { try emit(scanner, of: section) }
      if event != .ended { part = .rows(section, scanner) }
      return event == .exhausted
    case .strings(let section, var scanner):
      let event: StringArrayScanner.Event
      do throws(SnapshotError) {
        event = try scanner.consume(&input)
      } catch {
        throw handOn(scanner, of: section, inFrontOf: error)
      }
      if event != .exhausted { try emit(scanner, of: section, at: input.offset) }
      if event != .ended { part = .strings(section, scanner) }
      return event == .exhausted
    }
  }

  private func begin(_ key: String, at offset: UInt64) throws(SnapshotError) {
    guard seenKeys.insert(key).inserted else {
      throw SnapshotError(.malformed, "'\(key)' stands in the snapshot twice", at: offset)
    }
    guard seenKeys.count <= 64 else {
      throw SnapshotError(.tooLarge, "more than 64 sections in a snapshot", at: offset)
    }
    switch try grammar.memberBegan(key, at: offset) {
    case .header:
      headerText = []
      let scanner = RawValueScanner(
        startOffset: offset,
        depth: 64,
        stringByteCount: limits.headerByteCount
      )
      part = .header(key: key, scanner, offset: offset)
    case .section(let section):
      try receiver.section(section)
      part = scanner(for: section, at: offset)
    }
  }

  private func scanner(for section: SnapshotSection, at offset: UInt64) -> Part {
    switch section.content {
    case .rows:
      .rows(section, NumberTableScanner(fields: section.fields))
    case .strings:
      .strings(section, StringArrayScanner(stringByteLimit: limits.stringByteCount))
    case .raw:
      .raw(
        RawValueScanner(
          startOffset: offset,
          depth: limits.depth,
          stringByteCount: limits.stringByteCount
        )
      )
    }
  }

  private func endHeader(_ key: String, at offset: UInt64) throws(SnapshotError) {
    let text = headerText
    headerText = []
    if let header = try grammar.received(headerValue: text, of: key, at: offset) {
      try receiver.header(header)
    }
  }

  private func emit(
    _ scanner: NumberTableScanner,
    of section: SnapshotSection
  ) throws(SnapshotError) {
    let batch = scanner.rows.batch
    guard batch.rowCount > 0 else { return }
    var refused: SnapshotError?
    var rowCount = batch.rowCount
    // What the grammar accepts of a batch goes on, even where the batch ends the reading.
    while rowCount > 0 {
      let before = grammar
      do throws(SnapshotError) {
        let offset = { (row: Int) in scanner.rowOffsets[row] }
        try grammar.received(batch.prefix(rowCount), of: section, offset: offset)
        break
      } catch {
        grammar = before
        refused = error
        rowCount = min(error.byteOffset.map(scanner.rowCount(before:)) ?? 0, rowCount - 1)
      }
    }
    scanner.rows.rowCount = 0
    if rowCount > 0 { try receiver.rows(batch.prefix(rowCount)) }
    if let refused { throw refused }
  }

  private func emit(
    _ scanner: StringArrayScanner,
    of section: SnapshotSection,
    at offset: UInt64
  ) throws(SnapshotError) {
    let receive = { (batch: StringBatch) throws(SnapshotError) in
      try self.grammar.received(batch, of: section, at: offset)
      try self.receiver.strings(batch)
    }
    try scanner.batches.flush(to: receive)
  }

  /// Whoever takes a nested value knows no places in the text: what is wrong in it is said to be
  /// where the value begins, wherever the text was cut.
  private func emit(
    _ bytes: UnsafeRawBufferPointer,
    ofValueAt offset: UInt64
  ) throws(SnapshotError) {
    guard bytes.count > 0 else { return }
    do throws(SnapshotError) {
      try receiver.raw(bytes)
    } catch {
      throw error.placed(at: offset)
    }
  }

  // MARK: In front of an error

  /// Hands on the whole rows in front of an error, and answers that or one that is still further in
  /// front.
  private func handOn(
    _ scanner: NumberTableScanner,
    of section: SnapshotSection,
    inFrontOf error: SnapshotError
  ) -> SnapshotError {
    var error = error
    do throws(SnapshotError) {
      while true {
        let offset = error.byteOffset ?? byteOffset
        scanner.rows.rowCount = scanner.rowCount(before: offset)
        do throws(SnapshotError) {
          try scanner.finishRows()
          break
        } catch let earlier {
          // Of a row in front of those, so that each turn has fewer.
          error = earlier
        }
      }
      try emit(scanner, of: section)
      return error
    } catch let earlier {
      return earlier
    }
  }

  private func handOn(
    _ scanner: StringArrayScanner,
    of section: SnapshotSection,
    inFrontOf error: SnapshotError
  ) -> SnapshotError {
    scanner.batches.removeOpenString()
    do throws(SnapshotError) {
      try emit(scanner, of: section, at: error.byteOffset ?? byteOffset)
      return error
    } catch let earlier {
      return earlier
    }
  }
}

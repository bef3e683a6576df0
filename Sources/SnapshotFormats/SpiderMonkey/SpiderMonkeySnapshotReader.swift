package import HeapModel

/// Reads SpiderMonkey's `.fxsnapshot`, in pieces cut anywhere, and emits its records.
///
/// The bytes are those of the unpacked file: Firefox packs it with gzip. It is a stream of
/// Protocol Buffers' messages, each behind its length: the metadata, then nodes with their edges,
/// the root first. The records are tables of nodes, edges and frames of allocation stacks, in
/// turns, and names; `docs/formats/firefox-heap-snapshot.md` describes both.
///
/// The receiver can rely on: coarse types and edge types are in their tables, identifiers and sizes
/// fit into 63 bits, the nodes' edge counts add up to the edges, and names, of which rows may speak
/// before they come, will all have come at the end. That edges refer to nodes which exist is not
/// checked here. A file that was cut between two messages looks complete; then edges lead nowhere.
///
/// Holds 4 MB whatever the file's size, four bytes for each different string (most are indexes of
/// array elements), and one field of a message: a string, or an allocation stack, of at most
/// `limits.stringByteCount`.
package final class SpiderMonkeySnapshotReader: SnapshotByteReader {
  private var parser: SpiderMonkeyParser
  /// The beginning of a field that was cut.
  private let cutField = FlatArray<UInt8>(capacity: 256)
  /// Bytes of it that are needed to go on.
  private var neededCount = 0

  /// Bytes read so far.
  package private(set) var byteOffset: UInt64 = 0
  private let limits: SnapshotReadingLimits

  package init(
    limits: SnapshotReadingLimits = SnapshotReadingLimits(),
    receiver: any SnapshotRecordReceiver
  ) {
    self.limits = limits
    parser = SpiderMonkeyParser(limits: limits, receiver: receiver)
  }

  /// Whether the first bytes of a file are those of a snapshot: the length of the metadata, and its
  /// one field, a time in microseconds.
  package static func recognises(_ firstBytes: [UInt8]) -> Bool {
    guard firstBytes.count >= 4, (2...11).contains(firstBytes[0]), firstBytes[1] == 0x08 else {
      return false
    }
    let timeBytes = firstBytes[2...].prefix(Int(firstBytes[0]) - 2)
    return timeBytes.allSatisfy { $0 >= 0x80 }
  }

  /// Reads the next piece.
  ///
  /// - Throws: `SnapshotError` with the offset of the field in the unpacked file, or what the
  ///   receiver threw.
  package func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    guard let base = bytes.baseAddress else { return }
    guard byteOffset + UInt64(bytes.count) <= limits.byteCount else {
      let message = "a snapshot of more than \(limits.byteCount) bytes"
      throw SnapshotError(.tooLarge, message, at: byteOffset)
    }
    var input = WireInput(base.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    do throws(SnapshotError) {
      while cutField.count > 0, input.isEmpty == false { try complete(&input) }
      guard input.isEmpty == false else { return }
      let (used, needed) = try parser.consume(input, at: byteOffset)
      keep(input.place + used, count: input.count - used, needed: needed)
      byteOffset += UInt64(input.count)
    } catch {
      throw handOn(inFrontOf: error)
    }
  }

  /// The bytes are over.
  ///
  /// - Throws: `truncated` if the snapshot was not.
  package func finish() throws(SnapshotError) {
    guard cutField.count == 0 else {
      let end = SnapshotError(.truncated, "the snapshot ends inside a field", at: byteOffset)
      throw handOn(inFrontOf: end)
    }
    do throws(SnapshotError) {
      try parser.finish(at: byteOffset)
    } catch {
      throw handOn(inFrontOf: error)
    }
  }

  /// Hands on what came whole in front of an error, and answers that.
  private func handOn(inFrontOf error: SnapshotError) -> SnapshotError {
    let error = error.placed(at: byteOffset)
    do throws(SnapshotError) {
      try parser.handOn(at: byteOffset)
    } catch {
      // Whatever is wrong with it as well, the first error is what is said.
    }
    return error
  }

  /// Takes what the cut field needs, and reads it if that is all.
  private func complete(_ input: inout WireInput) throws(SnapshotError) {
    let missing = UInt64(min(neededCount - cutField.count, input.count))
    guard let part = input.take(missing) else { return }
    UnsafeMutableRawPointer(cutField.grow(by: part.count))
      .copyMemory(from: part.place, byteCount: part.count)
    byteOffset += missing
    guard cutField.count == neededCount else { return }
    let field = WireInput(cutField.base, count: cutField.count)
    let start = byteOffset - UInt64(cutField.count)
    let (used, needed) = try parser.consume(field, at: start)
    if used == cutField.count {
      cutField.removeAll(keepingCapacity: 1 << 16)
      neededCount = 0
    } else {
      // It began with a number that only now says how long the field is.
      neededCount = needed
    }
  }

  private func keep(_ place: UnsafePointer<UInt8>, count: Int, needed: Int) {
    guard count > 0 else { return }
    UnsafeMutableRawPointer(cutField.grow(by: count)).copyMemory(from: place, byteCount: count)
    neededCount = needed
  }
}

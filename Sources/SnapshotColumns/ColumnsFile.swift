internal import Cryptography
package import HeapModel

/// A snapshot's blocks in one file: the magic, then every block behind a frame that says what it is.
///
/// `retinue snapshot get --format native` writes it; it needs no other file to be read.
package enum ColumnsFile {
  /// Index, kind, bytes before compression, bytes; each in four.
  static let frameByteCount = 16

  /// Compressed bytes of a block, at most: zstd adds little to what it cannot compress.
  static let blockByteLimit = ColumnsFormat.blockByteLimit * 2

  /// What stands in front of the first block.
  package static var beginning: [UInt8] { ColumnsFormat.magic }

  /// A block with its frame.
  package static func bytes(of block: EncodedBlock) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(frameByteCount + block.bytes.count)
    let numbers = [
      block.index, block.kind, UInt32(block.rawByteCount), UInt32(block.bytes.count),
    ]
    for number in numbers {
      for shift in stride(from: 0, to: 32, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
      }
    }
    return bytes + block.bytes
  }
}

extension SnapshotForm {
  /// Our own column files.
  package static func columns(
    limits: SnapshotColumnsLimits = SnapshotColumnsLimits()
  ) -> SnapshotForm {
    SnapshotForm(
      recognises: ColumnsFormat.isColumnsFile,
      makeReader: { (receiver) throws(SnapshotError) in
        try ColumnsFileReader(limits: limits, receiver: receiver)
      }
    )
  }
}

/// Reads a column file that comes in pieces cut anywhere, and emits its records.
package final class ColumnsFileReader: SnapshotByteReader {
  private enum State {
    case magic
    case frame
    case block(index: UInt32, kind: UInt32, rawByteCount: Int, byteCount: Int)

    /// Bytes that must be there to go on.
    var wanted: Int {
      switch self {
      case .magic: ColumnsFormat.magic.count
      case .frame: ColumnsFile.frameByteCount
      case .block(_, _, _, let byteCount): byteCount
      }
    }
  }

  private let decoder: SnapshotColumnsDecoder
  private var state = State.magic
  /// What has come of the bytes that are wanted.
  private var held: [UInt8] = []
  private var byteOffset: UInt64 = 0

  /// - Throws: `unreadable` without memory.
  package init(
    limits: SnapshotColumnsLimits = SnapshotColumnsLimits(),
    receiver: any SnapshotRecordReceiver
  ) throws(SnapshotError) {
    decoder = try SnapshotColumnsDecoder(limits: limits, receiver: receiver)
  }

  package func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    var rest = bytes[...]
    while rest.isEmpty == false {
      let part = rest.prefix(state.wanted - held.count)
      held += part
      rest = rest.dropFirst(part.count)
      // A block may be empty on paper; what is wanted of it is then there already.
      while held.count == state.wanted { try advance() }
    }
  }

  package func finish() throws(SnapshotError) {
    guard case .frame = state, held.isEmpty else {
      throw SnapshotError(
        .truncated,
        "the file ends inside block \(decoder.blockCount)",
        at: byteOffset + UInt64(held.count)
      )
    }
    try decoder.finish()
  }

  private func advance() throws(SnapshotError) {
    let bytes = held
    held = []
    switch state {
    case .magic:
      guard bytes == ColumnsFormat.magic else {
        throw SnapshotError(.unsupported, "not a column file of Retinue", at: 0)
      }
      state = .frame
    case .frame:
      let numbers = (0..<4).map { place in
        bytes[place * 4..<place * 4 + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
      guard Int(numbers[3]) <= ColumnsFile.blockByteLimit else {
        let message = "block \(numbers[0]) is of \(numbers[3]) bytes, beyond the limit"
        throw SnapshotError(.tooLarge, message, at: byteOffset)
      }
      state = .block(
        index: numbers[0],
        kind: numbers[1],
        rawByteCount: Int(numbers[2]),
        byteCount: Int(numbers[3])
      )
    case .block(let index, let kind, let rawByteCount, _):
      let block = EncodedBlock(
        index: index,
        kind: kind,
        rawByteCount: rawByteCount,
        bytes: bytes
      )
      do throws(SnapshotError) {
        try decoder.consume(block)
      } catch {
        throw SnapshotError(error.code, error.message, at: error.byteOffset ?? byteOffset)
      }
      state = .frame
    }
    byteOffset += UInt64(bytes.count)
  }
}

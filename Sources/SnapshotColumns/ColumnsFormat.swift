/// The numbers of our own snapshot format; `docs/formats/snapshot-columns.md` explains them.
package enum ColumnsFormat {
  /// Written into every header.
  ///
  /// A reader refuses what is newer, and reads everything older.
  package static let version: UInt16 = 1

  /// The first bytes of a file: like PNG's, they tell a transfer as text from a good one.
  package static let magic: [UInt8] = [0x89, 0x52, 0x54, 0x4E, 0x43, 0x0D, 0x0A, 0x1A]

  /// Bytes of one block before compression, at most.
  package static let blockByteLimit = 1 << 20
  /// Rows of one piece, at most.
  static let pieceRowLimit = 1 << 15
  /// A piece's kind and length.
  static let pieceHeaderByteCount = 5

  /// Whether a file that begins with these bytes is one of ours.
  package static func isColumnsFile(_ firstBytes: [UInt8]) -> Bool {
    firstBytes.starts(with: magic)
  }
}

/// What a block holds, so that who only moves or redacts blocks need not look inside.
package enum BlockKind: UInt32, Sendable, Hashable, CaseIterable {
  /// What the snapshot says of itself; block 0.
  case header = 1
  /// Sections, their rows, and text that is kept as it came.
  case tables = 2
  /// Strings that are names: of classes, properties, variables.
  case names = 3
  /// Strings that are the program's data and nothing else.
  case values = 4
  /// Counts and the digest; the last block.
  case closing = 5
}

/// What a piece of a block holds.
enum PieceKind: UInt8 {
  case header = 1
  case section = 2
  case rows = 3
  case text = 4
  case names = 5
  case values = 6
  case closing = 7

  /// The blocks in which it stands; in no others, so that a block's kind can be relied on.
  var blockKind: BlockKind {
    switch self {
    case .header: .header
    case .section, .rows, .text: .tables
    case .names: .names
    case .values: .values
    case .closing: .closing
    }
  }
}

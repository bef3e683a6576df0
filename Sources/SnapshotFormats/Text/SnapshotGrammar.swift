internal import HeapModel

/// What an engine's snapshot text means: the part of a reader that knows the engine.
///
/// `SnapshotTextParser` reads the text and asks it, member by member of the outermost object.
protocol SnapshotGrammar {
  /// A member begins: says how its value is to be read.
  mutating func memberBegan(
    _ key: String,
    at offset: UInt64
  ) throws(SnapshotError) -> SnapshotMember

  /// The value of a member that was answered with `.header` is whole.
  ///
  /// An answered header is the snapshot's, and is handed on.
  mutating func received(
    headerValue text: [UInt8],
    of key: String,
    at offset: UInt64
  ) throws(SnapshotError) -> SnapshotHeader?

  /// Some rows came, references already turned into ordinals.
  ///
  /// `offset(row)` is where one began.
  mutating func received(
    _ rows: ColumnBatch,
    of section: SnapshotSection,
    offset: (Int) -> UInt64
  ) throws(SnapshotError)

  mutating func received(
    _ strings: StringBatch,
    of section: SnapshotSection,
    at offset: UInt64
  ) throws(SnapshotError)

  /// The outermost object is complete; checks what can be checked only now.
  func finish(at offset: UInt64) throws(SnapshotError)
}

/// How the value of a member of the outermost object is read.
enum SnapshotMember {
  /// Held whole and handed to the grammar.
  case header
  /// As a section, by its content.
  case section(SnapshotSection)
}

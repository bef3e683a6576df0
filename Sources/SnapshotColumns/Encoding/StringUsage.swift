internal import HeapModel

/// What each string of V8's one table is used for: two bits a string.
///
/// The table comes last in the text, when all nodes and edges have said what they use of it. Who
/// knows nothing of a string says that it is a value, which is the safe side: values are what
/// redaction takes away.
final class StringUsage {
  /// Beyond this many strings nothing is kept and all are values: 8 MiB of bits at most, though a
  /// hostile row names string 4,294,967,295.
  private static let stringLimit = 1 << 25

  private static let value: UInt8 = 1
  private static let name: UInt8 = 2

  /// Four strings a byte.
  private let bits = FlatArray<UInt8>(capacity: 0)

  /// Only V8's one table holds values; what the other engines write are all names.
  private let hasValues: Bool
  private let isValueType: [Bool]
  private let isNumberedType: [Bool]

  init(_ header: SnapshotHeader) {
    hasValues = header.engine == .v8
    isValueType = header.nodeTypes.map(\.kind.holdsProgramData)
    isNumberedType = header.edgeTypes.map(\.kind.isNamedByNumber)
  }

  /// Takes note of what some rows use.
  func take(_ batch: ColumnBatch, of section: SnapshotSection) {
    guard hasValues else { return }
    for (column, field) in section.fields.enumerated() where field.role == .name {
      let names = batch.column(column)
      switch (section.role, section.fields.column(.type)) {
      case (.nodes, let type?): takeNodes(names, types: batch.column(type))
      case (.edges, let type?): takeEdges(names, types: batch.column(type))
      default:
        for name in names { mark(name, Self.name) }
      }
    }
  }

  private func takeNodes(
    _ names: UnsafeBufferPointer<Int64>,
    types: UnsafeBufferPointer<Int64>
  ) {
    for (name, type) in zip(names, types) {
      let isValue = type >= 0 && type < isValueType.count && isValueType[Int(type)]
      mark(name, isValue ? Self.value : Self.name)
    }
  }

  private func takeEdges(
    _ names: UnsafeBufferPointer<Int64>,
    types: UnsafeBufferPointer<Int64>
  ) {
    for (name, type) in zip(names, types) {
      let isNumber = type >= 0 && type < isNumberedType.count && isNumberedType[Int(type)]
      if isNumber == false { mark(name, Self.name) }
    }
  }

  private func mark(_ index: Int64, _ use: UInt8) {
    guard index >= 0, index < Self.stringLimit else { return }
    let place = Int(index) / 4
    if place >= bits.count {
      let added = max(place + 1 - bits.count, 4_096)
      bits.grow(by: added).update(repeating: 0, count: added)
    }
    bits[place] |= use << UInt8(2 * (index % 4))
  }

  /// Whether a string is the name of something, whatever else it is.
  func isName(_ index: Int) -> Bool {
    guard hasValues else { return true }
    let place = index / 4
    guard place < bits.count else { return false }
    return bits[place] >> UInt8(2 * (index % 4)) & Self.name != 0
  }
}

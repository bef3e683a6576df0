internal import HeapModel

/// Declares the section that the pieces behind it belong to.
enum SectionPiece {
  static func append(_ section: SnapshotSection, number: UInt16, to block: FlatArray<UInt8>) {
    block.appendPiece(.section) {
      block.append(number: number)
      block.append(section.content.rawValue)
      block.append(section.role.rawValue)
      block.append(text: section.name)
      block.append(number: UInt16(section.fields.count))
      for field in section.fields {
        block.append(text: field.name)
        block.append(field.role.rawValue)
        block.append(field.form.rawValue)
        block.append(number: field.scale)
      }
    }
  }

  /// How many bytes `append` takes, at most.
  static func byteCount(_ section: SnapshotSection) -> Int {
    section.fields.reduce(64 + section.name.utf8.count) { $0 + 16 + $1.name.utf8.count }
  }

  static func read(
    _ reader: inout PieceReader
  ) throws(SnapshotError) -> (number: UInt16, section: SnapshotSection) {
    let number: UInt16 = try reader.number()
    let contentNumber: UInt8 = try reader.number()
    guard let content = SnapshotSection.Content(rawValue: contentNumber) else {
      throw reader.malformed("a section of content \(contentNumber)")
    }
    // A role that we do not know is nothing to us.
    let role = SnapshotSection.Role(rawValue: try reader.number()) ?? .other
    let name = try reader.text()
    let fieldCount = Int(try reader.number(UInt16.self))
    guard fieldCount <= 64, content != .rows || fieldCount > 0 else {
      throw reader.malformed("a section of \(fieldCount) fields")
    }
    var fields: [SnapshotField] = []
    for _ in 0..<fieldCount { fields.append(try field(&reader)) }
    try reader.expectEnd()
    return (
      number, SnapshotSection(name: name, content: content, role: role, fields: fields)
    )
  }

  private static func field(_ reader: inout PieceReader) throws(SnapshotError) -> SnapshotField {
    let name = try reader.text()
    let role = SnapshotField.Role(rawValue: try reader.number()) ?? .other
    let formNumber: UInt8 = try reader.number()
    guard let form = SnapshotField.Form(rawValue: formNumber) else {
      throw reader.malformed("a field of form \(formNumber)")
    }
    return SnapshotField(name: name, role: role, form: form, scale: try reader.number())
  }
}

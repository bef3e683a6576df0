internal import HeapModel

/// What block 0 says, as fields that each have a number and a length, so that a reader passes over
/// those it does not know.
struct HeaderPiece {
  private enum Field: UInt8 {
    case engine = 1
    case format = 2
    case engineHeader = 3
    case referenceForm = 4
    case edgeOrder = 5
    case nodeTypes = 6
    case edgeTypes = 7
    case declaredNodeCount = 8
    case declaredEdgeCount = 9
    case root = 10
    case extraNativeBytes = 11
    case redactionMode = 12
    case redactionPolicy = 13
    case isolate = 14
    case epoch = 15
    case anchors = 16
  }

  var header: SnapshotHeader
  var provenance: SnapshotProvenance

  /// Appends the piece.
  ///
  /// A header's text is at most 256 KiB and names no more than it holds, so it fits into a block.
  func append(to block: FlatArray<UInt8>) {
    block.appendPiece(.header) {
      block.append(number: ColumnsFormat.version)
      field(.engine, block) { block.append(header.engine.rawValue) }
      field(.format, block) { block.append(bytes: header.format.utf8) }
      field(.engineHeader, block) { block.append(bytes: header.engineHeader) }
      field(.referenceForm, block) { block.append(header.referenceForm.rawValue) }
      field(.edgeOrder, block) { block.append(header.edgeOrder.rawValue) }
      field(.nodeTypes, block) {
        for type in header.nodeTypes {
          block.append(type.kind.rawValue)
          block.append(text: type.name)
        }
      }
      field(.edgeTypes, block) {
        for type in header.edgeTypes {
          block.append(type.kind.rawValue)
          block.append(text: type.name)
        }
      }
      if let count = header.declaredNodeCount {
        field(.declaredNodeCount, block) { block.append(number: count) }
      }
      if let count = header.declaredEdgeCount {
        field(.declaredEdgeCount, block) { block.append(number: count) }
      }
      field(.root, block) { block.append(number: header.root) }
      field(.extraNativeBytes, block) { block.append(number: header.extraNativeBytes) }
      appendProvenance(to: block)
    }
  }

  private func appendProvenance(to block: FlatArray<UInt8>) {
    field(.redactionMode, block) { block.append(bytes: provenance.redaction.mode.utf8) }
    field(.redactionPolicy, block) { block.append(bytes: provenance.redaction.policyID.utf8) }
    guard let identity = provenance.identity else { return }
    field(.isolate, block) { block.append(bytes: identity.isolate.utf8) }
    field(.epoch, block) { block.append(bytes: identity.epoch.utf8) }
    field(.anchors, block) {
      for anchor in identity.anchors { block.append(number: anchor) }
    }
  }

  private func field(_ field: Field, _ block: FlatArray<UInt8>, _ write: () -> Void) {
    block.append(tag: field.rawValue, write)
  }

  init(header: SnapshotHeader, provenance: SnapshotProvenance) {
    self.header = header
    self.provenance = provenance
  }

  init(_ reader: inout PieceReader) throws(SnapshotError) {
    let version: UInt16 = try reader.number()
    guard version <= ColumnsFormat.version, version > 0 else {
      throw SnapshotError(
        .unsupported,
        "a snapshot of format version \(version); this program knows \(ColumnsFormat.version)"
      )
    }
    var fields: [UInt8: PieceReader] = [:]
    while reader.isEmpty == false {
      let number: UInt8 = try reader.number()
      let length = Int(try reader.number(UInt32.self))
      fields[number] = try reader.piece(length)
    }
    let source = FieldSource(fields: fields, whole: reader)
    header = try Self.header(source)
    provenance = try Self.provenance(source)
  }

  /// The fields of a header piece by their numbers.
  private struct FieldSource {
    let fields: [UInt8: PieceReader]
    let whole: PieceReader

    func reader(_ field: Field) -> PieceReader? { fields[field.rawValue] }

    func required(_ field: Field) throws(SnapshotError) -> PieceReader {
      guard let reader = fields[field.rawValue] else {
        throw whole.malformed("the header has no \(field)")
      }
      return reader
    }

    func value<Value: RawRepresentable>(
      _ field: Field
    ) throws(SnapshotError) -> Value where Value.RawValue == UInt8 {
      var reader = try required(field)
      let number: UInt8 = try reader.number()
      guard let value = Value(rawValue: number) else {
        throw SnapshotError(.unsupported, "\(field) \(number), which this program does not know")
      }
      return value
    }

    func number(_ field: Field) throws(SnapshotError) -> UInt64? {
      guard var reader = reader(field) else { return nil }
      return try reader.number()
    }

    func bytes(_ field: Field) throws(SnapshotError) -> [UInt8] {
      guard var reader = reader(field) else { return [] }
      return Array(try reader.take(reader.remaining))
    }

    func text(_ field: Field) throws(SnapshotError) -> String {
      String(decoding: try bytes(field), as: UTF8.self)
    }

    func types<Kind: RawRepresentable>(
      _ field: Field,
      unknown: Kind
    ) throws(SnapshotError) -> [(name: String, kind: Kind)] where Kind.RawValue == UInt8 {
      guard var reader = reader(field) else { return [] }
      var types: [(String, Kind)] = []
      while reader.isEmpty == false {
        guard types.count < 256 else { throw reader.tooLarge("more than 256 types") }
        let kind = Kind(rawValue: try reader.number()) ?? unknown
        types.append((try reader.text(), kind))
      }
      return types
    }
  }

  private static func header(_ source: FieldSource) throws(SnapshotError) -> SnapshotHeader {
    SnapshotHeader(
      engine: try source.value(.engine),
      format: try source.text(.format),
      engineHeader: try source.bytes(.engineHeader),
      referenceForm: try source.value(.referenceForm),
      edgeOrder: try source.value(.edgeOrder),
      nodeTypes: try source.types(.nodeTypes, unknown: NodeKind.unknown)
        .map { NodeType(name: $0.name, kind: $0.kind) },
      edgeTypes: try source.types(.edgeTypes, unknown: EdgeKind.unknown)
        .map { EdgeType(name: $0.name, kind: $0.kind) },
      declaredNodeCount: try source.number(.declaredNodeCount),
      declaredEdgeCount: try source.number(.declaredEdgeCount),
      root: try source.number(.root) ?? 0,
      extraNativeBytes: try source.number(.extraNativeBytes) ?? 0
    )
  }

  private static func provenance(
    _ source: FieldSource
  ) throws(SnapshotError) -> SnapshotProvenance {
    let redaction = RedactionNote(
      mode: try source.text(.redactionMode),
      policyID: try source.text(.redactionPolicy)
    )
    guard var anchorReader = source.reader(.anchors) else {
      return SnapshotProvenance(redaction: redaction)
    }
    var anchors: [UInt64] = []
    while anchorReader.isEmpty == false { anchors.append(try anchorReader.number()) }
    let identity = IdentityEpoch(
      isolate: try source.text(.isolate),
      epoch: try source.text(.epoch),
      anchors: anchors
    )
    return SnapshotProvenance(redaction: redaction, identity: identity)
  }
}

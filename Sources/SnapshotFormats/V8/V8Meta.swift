internal import HeapModel
internal import JSONStream

/// What the `snapshot` member of V8's text says: which fields the tables have, in which order, and
/// what the types are called.
///
/// Nothing else in the reader knows an order or a number.
struct V8Meta {
  let nodeFields: [SnapshotField]
  let edgeFields: [SnapshotField]
  let nodeTypes: [NodeType]
  let edgeTypes: [EdgeType]
  let nodeCount: UInt64?
  let edgeCount: UInt64?
  let rootOrdinal: UInt64
  let extraNativeBytes: UInt64
  private let meta: JSONValue

  /// - Parameters:
  ///   - text: the value of `snapshot`
  ///   - offset: where it begins, for errors
  init(parsing text: [UInt8], at offset: UInt64) throws(SnapshotError) {
    let snapshot: JSONValue
    do {
      snapshot = try JSONValue(parsing: text)
    } catch {
      throw SnapshotError(inValueAt: offset, error)
    }
    guard let meta = snapshot["meta"], meta.object != nil else {
      throw SnapshotError(.malformed, "'snapshot' has no 'meta'", at: offset)
    }
    self.meta = meta

    let nodeNames = try Self.names(in: meta, "node_fields", at: offset)
    let stride = UInt32(nodeNames.count)
    nodeFields = nodeNames.map { SnapshotField(name: $0, role: Self.nodeRole($0)) }
    edgeFields = try Self.names(in: meta, "edge_fields", at: offset)
      .map { Self.edgeField($0, stride: stride) }
    for role in [SnapshotField.Role.type, .name, .identifier, .selfSize, .edgeCount] {
      try Self.require(role, in: nodeFields, "node_fields", at: offset)
    }
    for role in [SnapshotField.Role.type, .name, .target] {
      try Self.require(role, in: edgeFields, "edge_fields", at: offset)
    }

    nodeTypes = try Self.typeNames(in: meta, "node_types", of: nodeFields, at: offset)
      .map { NodeType(name: $0, kind: NodeKind(v8Name: $0)) }
    edgeTypes = try Self.typeNames(in: meta, "edge_types", of: edgeFields, at: offset)
      .map { EdgeType(name: $0, kind: EdgeKind(v8Name: $0)) }

    nodeCount = try Self.count(in: snapshot, "node_count", at: offset)
    edgeCount = try Self.count(in: snapshot, "edge_count", at: offset)
    extraNativeBytes = try Self.count(in: snapshot, "extra_native_bytes", at: offset) ?? 0
    let rootIndex = try Self.count(in: snapshot, "root_index", at: offset) ?? 0
    guard rootIndex % UInt64(stride) == 0 else {
      throw SnapshotError(.malformed, "root_index \(rootIndex) is no node", at: offset)
    }
    rootOrdinal = rootIndex / UInt64(stride)
  }

  /// The fields that meta gives for a section, by V8's habit of naming them: `samples` has
  /// `sample_fields`.
  func fields(ofSection name: String, at offset: UInt64) throws(SnapshotError) -> [SnapshotField]? {
    guard name.hasSuffix("s"), meta[name.dropLast() + "_fields"] != nil else { return nil }
    let stride = UInt32(nodeFields.count)
    return try Self.names(in: meta, name.dropLast() + "_fields", at: offset).map { field in
      name == "locations"
        ? Self.locationField(field, stride: stride) : SnapshotField(name: field, role: .other)
    }
  }

  private static func nodeRole(_ name: String) -> SnapshotField.Role {
    switch name {
    case "type": .type
    case "name": .name
    case "id": .identifier
    case "self_size": .selfSize
    case "edge_count": .edgeCount
    case "detachedness": .detachedness
    case "trace_node_id": .traceNode
    default: .other
    }
  }

  private static func edgeField(_ name: String, stride: UInt32) -> SnapshotField {
    switch name {
    case "type": SnapshotField(name: name, role: .type)
    case "name_or_index": SnapshotField(name: name, role: .name)
    case "to_node":
      SnapshotField(name: name, role: .target, form: .scaledOrdinal, scale: stride)
    default: SnapshotField(name: name, role: .other)
    }
  }

  private static func locationField(_ name: String, stride: UInt32) -> SnapshotField {
    switch name {
    case "object_index":
      SnapshotField(name: name, role: .node, form: .scaledOrdinal, scale: stride)
    case "script_id": SnapshotField(name: name, role: .script)
    case "line": SnapshotField(name: name, role: .line)
    case "column": SnapshotField(name: name, role: .column)
    default: SnapshotField(name: name, role: .other)
    }
  }

  private static func require(
    _ role: SnapshotField.Role,
    in fields: [SnapshotField],
    _ key: String,
    at offset: UInt64
  ) throws(SnapshotError) {
    let count = fields.count { $0.role == role }
    guard count == 1 else {
      let message = "'\(key)' of 'meta' has \(count) fields for the \(role), not one"
      throw SnapshotError(.malformed, message, at: offset)
    }
  }

  /// A list of 1 to 32 names.
  private static func names(
    in meta: JSONValue,
    _ key: String,
    at offset: UInt64
  ) throws(SnapshotError) -> [String] {
    guard let names = meta[key]?.array?.compactMap(\.string), names.isEmpty == false,
      names.count <= 32, names.count == meta[key]?.array?.count
    else {
      let message = "'meta' has no '\(key)' that is a list of 1 to 32 names"
      throw SnapshotError(.malformed, message, at: offset)
    }
    return names
  }

  /// The names of the types, which stand at the place of the field `type` in a list of what the
  /// fields hold.
  private static func typeNames(
    in meta: JSONValue,
    _ key: String,
    of fields: [SnapshotField],
    at offset: UInt64
  ) throws(SnapshotError) -> [String] {
    guard let place = fields.firstIndex(where: { $0.role == .type }),
      let types = meta[key]?[place]?.array, types.isEmpty == false, types.count <= 256
    else {
      let message = "'\(key)' of 'meta' has no list of types where the field 'type' stands"
      throw SnapshotError(.malformed, message, at: offset)
    }
    let names = types.compactMap(\.string)
    guard names.count == types.count else {
      throw SnapshotError(.malformed, "'\(key)' of 'meta' has a type without a name", at: offset)
    }
    return names
  }

  private static func count(
    in snapshot: JSONValue,
    _ key: String,
    at offset: UInt64
  ) throws(SnapshotError) -> UInt64? {
    guard let value = snapshot[key] else { return nil }
    guard let count = value.int, count >= 0 else {
      throw SnapshotError(.malformed, "'\(key)' is no count", at: offset)
    }
    return UInt64(count)
  }
}

extension NodeKind {
  /// V8's names for node types, which are stable while their numbers are not.
  init(v8Name name: String) {
    switch name {
    case "hidden": self = .hidden
    case "array": self = .array
    case "string": self = .string
    case "object": self = .object
    case "code": self = .code
    case "closure": self = .closure
    case "regexp": self = .regularExpression
    case "number": self = .number
    case "native": self = .native
    case "synthetic": self = .synthetic
    case "concatenated string": self = .concatenatedString
    case "sliced string": self = .slicedString
    case "symbol": self = .symbol
    case "bigint": self = .bigInteger
    case "object shape": self = .objectShape
    case "wasm object": self = .wasmObject
    default: self = .unknown
    }
  }
}

extension EdgeKind {
  /// V8's names for edge types.
  init(v8Name name: String) {
    switch name {
    case "context": self = .context
    case "element": self = .element
    case "property": self = .property
    case "internal": self = .internal
    case "hidden": self = .hidden
    case "shortcut": self = .shortcut
    case "weak": self = .weak
    case "invisible": self = .invisible
    default: self = .unknown
    }
  }
}

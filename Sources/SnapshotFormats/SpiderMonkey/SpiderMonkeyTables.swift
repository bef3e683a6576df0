internal import HeapModel

/// How SpiderMonkey's messages become tables.
enum SpiderMonkeyTables {
  /// What the numbers of coarse types mean.
  static let coarseTypes = [
    NodeType(name: "Other", kind: .unknown),
    NodeType(name: "Object", kind: .object),
    NodeType(name: "Script", kind: .code),
    NodeType(name: "String", kind: .string),
    NodeType(name: "DOMNode", kind: .native),
  ]

  /// The format has no edge types: an edge may have a name, and some names are indexes.
  static let edgeTypes = [
    EdgeType(name: "Named", kind: .property),
    EdgeType(name: "Element", kind: .element),
    EdgeType(name: "Nameless", kind: .internal),
  ]
  static let namedEdge: Int64 = 0
  static let elementEdge: Int64 = 1
  static let namelessEdge: Int64 = 2

  enum NodeColumn: Int {
    case coarseType, typeName, identifier, size, edgeCount
    case className, scriptName, descriptiveName, allocationStack
  }

  enum EdgeColumn: Int {
    case type, name, target
  }

  enum FrameColumn: Int {
    case identifier, parent, line, column, source, function, flags
  }

  static let nodes = SnapshotSection(
    name: "nodes",
    content: .rows,
    role: .nodes,
    fields: [
      SnapshotField(name: "coarseType", role: .type),
      SnapshotField(name: "typeName", role: .name),
      SnapshotField(name: "id", role: .identifier),
      SnapshotField(name: "size", role: .selfSize),
      SnapshotField(name: "edgeCount", role: .edgeCount),
      SnapshotField(name: "jsObjectClassName", role: .className),
      SnapshotField(name: "scriptFilename", role: .scriptName),
      SnapshotField(name: "descriptiveTypeName", role: .descriptiveName),
      SnapshotField(name: "allocationStack", role: .traceNode),
    ]
  )

  static let edges = SnapshotSection(
    name: "edges",
    content: .rows,
    role: .edges,
    fields: [
      SnapshotField(name: "type", role: .type),
      SnapshotField(name: "name", role: .name),
      SnapshotField(name: "referent", role: .target),
    ]
  )

  /// Frames of allocation stacks; a node names its innermost one by identifier.
  static let frames = SnapshotSection(
    name: "frames",
    content: .rows,
    role: .other,
    fields: [
      SnapshotField(name: "id", role: .identifier),
      SnapshotField(name: "parent", role: .other),
      SnapshotField(name: "line", role: .line),
      SnapshotField(name: "column", role: .column),
      SnapshotField(name: "source", role: .scriptName),
      SnapshotField(name: "functionDisplayName", role: .name),
      SnapshotField(name: "flags", role: .flags),
    ]
  )
  /// The bits of a frame's flags.
  static let systemFrame: Int64 = 1
  static let selfHostedFrame: Int64 = 2

  static let names = SnapshotSection(name: "names", content: .strings, role: .names)

  static func header(metadata: [UInt8], root: Int64) -> SnapshotHeader {
    SnapshotHeader(
      engine: .spiderMonkey,
      format: "fxsnapshot",
      engineHeader: metadata,
      referenceForm: .identifier,
      edgeOrder: .runsPerNode,
      nodeTypes: coarseTypes,
      edgeTypes: edgeTypes,
      root: UInt64(root)
    )
  }
}

extension UnsafeMutablePointer<Int64> {
  /// The value of a column, where the pointer is the row's place in the first.
  @inline(__always)
  subscript<Column: RawRepresentable<Int>>(column: Column) -> Int64 {
    get { self[column.rawValue &* ColumnBatchBuilder.stride] }
    nonmutating set { self[column.rawValue &* ColumnBatchBuilder.stride] = newValue }
  }
}

/// What a snapshot says of itself before its first object.
///
/// It names fields and types as the engine does and adds what each means to us, so that all later
/// stages are driven by it and none knows an engine's field order.
package struct SnapshotHeader: Hashable, Sendable {
  /// How a reference to a node is written in the engine's own text, and kept in columns.
  package enum ReferenceForm: UInt8, Hashable, Sendable {
    /// The position of the node in the file, from zero (V8, after division by the stride).
    case ordinal = 1
    /// The node's own identifier (JavaScriptCore ids, SpiderMonkey addresses).
    case identifier = 2
  }

  /// How an edge's source is known.
  package enum EdgeOrder: UInt8, Hashable, Sendable {
    /// Each node's `edgeCount` gives its run of edges, in node order (V8, SpiderMonkey).
    case runsPerNode = 1
    /// Each edge names its source (JavaScriptCore).
    case explicitSource = 2
  }

  package var engine: HeapEngine
  /// The engine's format and its version: `v8`, `jsc-inspector-3`, `jsc-gcdebugging-2`, `fxsnapshot`.
  package var format: String
  /// The engine's own header text, byte for byte, for writing the snapshot back.
  package var engineHeader: [UInt8]
  package var referenceForm: ReferenceForm
  package var edgeOrder: EdgeOrder
  /// The engine's node types by number; empty where the engine has none.
  package var nodeTypes: [NodeType]
  package var edgeTypes: [EdgeType]
  /// Declared counts: ceilings to check, never sizes to allocate unchecked.
  package var declaredNodeCount: UInt64?
  package var declaredEdgeCount: UInt64?
  /// The root's ordinal or identifier, by `referenceForm`.
  package var root: UInt64
  /// Bytes outside the snapshot that the engine counts to the heap (V8 `extra_native_bytes`).
  package var extraNativeBytes: UInt64

  package init(
    engine: HeapEngine,
    format: String,
    engineHeader: [UInt8],
    referenceForm: ReferenceForm,
    edgeOrder: EdgeOrder,
    nodeTypes: [NodeType],
    edgeTypes: [EdgeType],
    declaredNodeCount: UInt64? = nil,
    declaredEdgeCount: UInt64? = nil,
    root: UInt64 = 0,
    extraNativeBytes: UInt64 = 0
  ) {
    self.engine = engine
    self.format = format
    self.engineHeader = engineHeader
    self.referenceForm = referenceForm
    self.edgeOrder = edgeOrder
    self.nodeTypes = nodeTypes
    self.edgeTypes = edgeTypes
    self.declaredNodeCount = declaredNodeCount
    self.declaredEdgeCount = declaredEdgeCount
    self.root = root
    self.extraNativeBytes = extraNativeBytes
  }
}

/// One of the engine's node types: its name there, and what it is to us.
package struct NodeType: Hashable, Sendable {
  package var name: String
  package var kind: NodeKind

  package init(name: String, kind: NodeKind) {
    self.name = name
    self.kind = kind
  }
}

/// One of the engine's edge types: its name there, and what it is to us.
package struct EdgeType: Hashable, Sendable {
  package var name: String
  package var kind: EdgeKind

  package init(name: String, kind: EdgeKind) {
    self.name = name
    self.kind = kind
  }
}

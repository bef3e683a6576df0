/// A heap at one moment: every object, and every reference between objects.
///
/// Objects are numbered from zero in the order of the engine's file. The references of object `n`
/// are the slice `firstEdge[n] ..< firstEdge[n + 1]` of the edge arrays, in the order of the file,
/// so a graph of a hundred million references is a handful of flat arrays and no more: 30 bytes
/// per object and 9 per reference. All engines share this one model; what one cannot tell is not
/// in `capabilities`.
@usableFromInline package final class HeapGraph: Sendable {
  /// Ordinals are 32 bits wide, and the highest two are kept as marks.
  package static let maximumNodeCount = Int(UInt32.max) - 1

  package let engine: HeapEngine
  package let format: String
  /// What this snapshot can tell: `.locations`, `.comparisonByID`, `.collectionContents`.
  package let capabilities: Capabilities
  package let rootOrdinal: UInt32
  package let extraNativeBytes: UInt64
  /// A node of ours that refers to every object whose holder the engine does not tell (what a Map
  /// or a Set of JavaScriptCore contains); nil where nothing is held by nobody.
  ///
  /// It is the last node, hangs on the root by the root's last edge, and is counted in `nodeCount`
  /// and its edges in `edgeCount`; `engineNodeCount` and `engineEdgeCount` are without it.
  package let unknownHolder: UInt32?
  /// What some Maps and Sets probably hold, where the engine's edges do not tell.
  package let collections: [CollectionContents]

  /// `NodeKind` as raw values.
  @usableFromInline package let nodeKind: FlatArray<UInt8>
  /// Index into `names`.
  package let nodeName: FlatArray<UInt32>
  package let nodeID: FlatArray<UInt64>
  /// Bytes, as the engine wrote them.
  package let selfSize: FlatArray<UInt64>
  /// 0 unknown, 1 attached, 2 detached; nil where the engine does not tell.
  package let detachedness: FlatArray<UInt8>?
  /// One more than objects.
  package let firstEdge: FlatArray<UInt64>

  /// `EdgeKind` as raw values.
  package let edgeKind: FlatArray<UInt8>
  /// Index into `names`, or the number itself where `EdgeKind.isNamedByNumber`.
  package let edgeName: FlatArray<UInt32>
  /// Ordinal of the object referred to.
  @usableFromInline package let edgeTarget: FlatArray<UInt32>

  package let names: StringTable
  package let locations: Locations
  /// Nil where allocations were not tracked.
  package let allocations: AllocationHistory?
  /// Nil where the engine does not tell of scopes.
  package let scopes: ScopeTables?
  /// What is missing where the snapshot broke off; nil for a whole one.
  package let partial: PartialReading?

  @inlinable package var nodeCount: Int { nodeKind.count }
  @inlinable package var edgeCount: Int { edgeTarget.count }

  /// How many nodes the engine wrote: what is shown to people.
  package var engineNodeCount: Int {
    nodeCount - (unknownHolder == nil ? 0 : 1)
  }

  /// How many edges the engine wrote: what is shown to people.
  package var engineEdgeCount: Int {
    guard let unknownHolder else { return edgeCount }
    let own = firstEdge[Int(unknownHolder) + 1] - firstEdge[Int(unknownHolder)]
    return edgeCount - Int(own) - 1
  }

  package init(
    engine: HeapEngine,
    format: String,
    capabilities: Capabilities,
    rootOrdinal: UInt32,
    extraNativeBytes: UInt64,
    unknownHolder: UInt32? = nil,
    collections: [CollectionContents] = [],
    nodeKind: FlatArray<UInt8>,
    nodeName: FlatArray<UInt32>,
    nodeID: FlatArray<UInt64>,
    selfSize: FlatArray<UInt64>,
    detachedness: FlatArray<UInt8>?,
    firstEdge: FlatArray<UInt64>,
    edgeKind: FlatArray<UInt8>,
    edgeName: FlatArray<UInt32>,
    edgeTarget: FlatArray<UInt32>,
    names: StringTable,
    locations: Locations,
    allocations: AllocationHistory? = nil,
    scopes: ScopeTables? = nil,
    partial: PartialReading? = nil
  ) {
    self.engine = engine
    self.format = format
    self.capabilities = capabilities
    self.rootOrdinal = rootOrdinal
    self.extraNativeBytes = extraNativeBytes
    self.unknownHolder = unknownHolder
    self.collections = collections
    self.nodeKind = nodeKind
    self.nodeName = nodeName
    self.nodeID = nodeID
    self.selfSize = selfSize
    self.detachedness = detachedness
    self.firstEdge = firstEdge
    self.edgeKind = edgeKind
    self.edgeName = edgeName
    self.edgeTarget = edgeTarget
    self.names = names
    self.locations = locations
    self.allocations = allocations
    self.scopes = scopes
    self.partial = partial
  }
}

/// Source positions of some objects, sorted by object.
///
/// Lines and columns count from zero.
@usableFromInline package final class Locations: @unchecked Sendable {
  package let node: FlatArray<UInt32>
  package let script: FlatArray<Int32>
  package let line: FlatArray<Int32>
  package let column: FlatArray<Int32>

  package init(capacity: Int = 0, memory: (any GraphMemory)? = nil) {
    self.node = FlatArray(capacity: capacity, memory: memory)
    self.script = FlatArray(capacity: capacity, memory: memory)
    self.line = FlatArray(capacity: capacity, memory: memory)
    self.column = FlatArray(capacity: capacity, memory: memory)
  }

  package var count: Int { node.count }

  package func append(node: UInt32, script: Int32, line: Int32, column: Int32) {
    self.node.append(node)
    self.script.append(script)
    self.line.append(line)
    self.column.append(column)
  }
}

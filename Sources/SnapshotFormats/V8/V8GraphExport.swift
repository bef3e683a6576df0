package import HeapModel

/// Shows a graph of any engine as a snapshot of V8, for Chrome DevTools.
///
/// Types are those of the graph, so DevTools groups objects as we do: what is `hidden` or
/// `closure` to us is that to it, and other objects go by their class. What nobody is known to
/// hold stands under the node that says so. Pass the records to a `SnapshotTextWriter`.
package struct V8GraphExport {
  private let graph: HeapGraph
  /// Edges of the root that lead where an earlier one of them leads; they are left out.
  ///
  /// Other engines have one for each reason why a root is one. DevTools would visit such an object
  /// once for each, and give up ("BFS failed", Chromium 156).
  private let parallelRootEdges: Set<Int>

  package init(_ graph: HeapGraph) {
    self.graph = graph
    let root = Int(graph.rootOrdinal)
    var targets: Set<UInt32> = []
    var parallel: Set<Int> = []
    if root < graph.nodeCount {
      for edge in Int(graph.firstEdge[root])..<Int(graph.firstEdge[root + 1])
      where targets.insert(graph.edgeTarget[edge]).inserted == false {
        parallel.insert(edge)
      }
    }
    parallelRootEdges = parallel
  }

  private var edgeCount: Int { graph.edgeCount - parallelRootEdges.count }

  /// Emits the graph's records, in batches.
  package func emit(into receiver: any SnapshotRecordReceiver) throws(SnapshotError) {
    try receiver.header(header)
    try receiver.section(
      SnapshotSection(name: "nodes", content: .rows, role: .nodes, fields: Self.nodeFields)
    )
    try emitNodes(into: receiver)
    try receiver.section(
      SnapshotSection(name: "edges", content: .rows, role: .edges, fields: Self.edgeFields)
    )
    try emitEdges(into: receiver)
    for name in ["trace_function_infos", "trace_tree", "samples", "locations"] {
      try receiver.section(SnapshotSection(name: name, content: .raw, role: .other))
      try [UInt8]("[]".utf8).lend(to: receiver.raw)
    }
    try receiver.section(SnapshotSection(name: "strings", content: .strings, role: .names))
    try emitStrings(into: receiver)
    try receiver.end()
  }

  private func emitNodes(into receiver: any SnapshotRecordReceiver) throws(SnapshotError) {
    let batch = ColumnBatchBuilder(columnCount: Self.nodeFields.count)
    for node in 0..<graph.nodeCount {
      let isRoot = node == Int(graph.rootOrdinal)
      let edges =
        Int64(graph.firstEdge[node + 1] - graph.firstEdge[node])
        - (isRoot ? Int64(parallelRootEdges.count) : 0)
      let values = [
        Int64(Self.type(ofNodeKind: graph.nodeKind[node])), Int64(graph.nodeName[node]),
        Int64(clamping: graph.nodeID[node]), Int64(clamping: graph.selfSize[node]),
        edges, Int64(graph.detachedness?[node] ?? 0),
      ]
      try batch.append(values, flushingTo: receiver)
    }
    try batch.flush(to: receiver)
  }

  private func emitEdges(into receiver: any SnapshotRecordReceiver) throws(SnapshotError) {
    let batch = ColumnBatchBuilder(columnCount: Self.edgeFields.count)
    for edge in 0..<graph.edgeCount where parallelRootEdges.contains(edge) == false {
      let values = [
        Int64(Self.type(ofEdgeKind: graph.edgeKind[edge])), Int64(graph.edgeName[edge]),
        Int64(graph.edgeTarget[edge]),
      ]
      try batch.append(values, flushingTo: receiver)
    }
    try batch.flush(to: receiver)
  }

  private func emitStrings(into receiver: any SnapshotRecordReceiver) throws(SnapshotError) {
    let batches = StringBatchBuilder()
    let receive = { (batch: StringBatch) throws(SnapshotError) in try receiver.strings(batch) }
    for index in 0..<graph.names.count {
      batches.append(UnsafeRawBufferPointer(graph.names.utf8(index)))
      batches.endString()
      if batches.isFull { try batches.flush(to: receive) }
    }
    try batches.flush(to: receive)
  }
}

// MARK: - What the header says

extension V8GraphExport {
  private static let nodeTypes = [
    "hidden", "array", "string", "object", "code", "closure", "regexp", "number", "native",
    "synthetic", "concatenated string", "sliced string", "symbol", "bigint", "object shape",
    "wasm object",
  ]
  private static let edgeTypes = [
    "context", "element", "property", "internal", "hidden", "shortcut", "weak",
  ]
  private static let nodeFields = [
    SnapshotField(name: "type", role: .type),
    SnapshotField(name: "name", role: .name),
    SnapshotField(name: "id", role: .identifier),
    SnapshotField(name: "self_size", role: .selfSize),
    SnapshotField(name: "edge_count", role: .edgeCount),
    SnapshotField(name: "detachedness", role: .detachedness),
  ]
  private static let edgeFields = [
    SnapshotField(name: "type", role: .type),
    SnapshotField(name: "name_or_index", role: .name),
    SnapshotField(
      name: "to_node",
      role: .target,
      form: .scaledOrdinal,
      scale: UInt32(nodeFields.count)
    ),
  ]

  /// The number of a kind's type: the one whose name means that kind, else `hidden`.
  private static func type(ofNodeKind kind: UInt8) -> Int {
    nodeTypeOfKind[Int(kind)]
  }

  private static let nodeTypeOfKind: [Int] = (0...UInt8.max).map { rawValue in
    nodeTypes.firstIndex { NodeKind(v8Name: $0).rawValue == rawValue } ?? 0
  }

  /// The number of a kind's type: the one whose name means that kind, else `internal`.
  private static func type(ofEdgeKind kind: UInt8) -> Int {
    edgeTypeOfKind[Int(kind)]
  }

  private static let edgeTypeOfKind: [Int] = (0...UInt8.max).map { rawValue in
    edgeTypes.firstIndex { EdgeKind(v8Name: $0).rawValue == rawValue } ?? 3
  }

  private var header: SnapshotHeader {
    SnapshotHeader(
      engine: .v8,
      format: "v8",
      engineHeader: Array(headerText.utf8),
      referenceForm: .ordinal,
      edgeOrder: .runsPerNode,
      nodeTypes: Self.nodeTypes.map { NodeType(name: $0, kind: NodeKind(v8Name: $0)) },
      edgeTypes: Self.edgeTypes.map { EdgeType(name: $0, kind: EdgeKind(v8Name: $0)) },
      declaredNodeCount: UInt64(graph.nodeCount),
      declaredEdgeCount: UInt64(edgeCount),
      root: UInt64(graph.rootOrdinal),
      extraNativeBytes: graph.extraNativeBytes
    )
  }

  private var headerText: String {
    let others = Self.nodeFields.dropFirst(2).map { _ in "\"number\"" }.joined(separator: ",")
    let rootIndex = Int(graph.rootOrdinal) * Self.nodeFields.count
    return """
      {"meta":{"node_fields":\(Self.list(Self.nodeFields.map(\.name))),\
      "node_types":[\(Self.list(Self.nodeTypes)),"string",\(others)],\
      "edge_fields":\(Self.list(Self.edgeFields.map(\.name))),\
      "edge_types":[\(Self.list(Self.edgeTypes)),"string_or_number","node"],\
      "trace_function_info_fields":\
      ["function_id","name","script_name","script_id","line","column"],\
      "trace_node_fields":["id","function_info_index","count","size","children"],\
      "sample_fields":["timestamp_us","last_assigned_id"],\
      "location_fields":["object_index","script_id","line","column"]},\
      "node_count":\(graph.nodeCount),"edge_count":\(edgeCount),\
      "trace_function_count":0,"extra_native_bytes":\(graph.extraNativeBytes),\
      "root_index":\(rootIndex)}
      """
  }

  private static func list(_ names: [String]) -> String {
    "[" + names.map { "\"\($0)\"" }.joined(separator: ",") + "]"
  }
}

extension ColumnBatchBuilder {
  fileprivate func append(
    _ values: [Int64],
    flushingTo receiver: any SnapshotRecordReceiver
  ) throws(SnapshotError) {
    for (column, value) in values.enumerated() {
      self.column(column)[rowCount] = value
    }
    rowCount += 1
    if isFull { try flush(to: receiver) }
  }

  fileprivate func flush(to receiver: any SnapshotRecordReceiver) throws(SnapshotError) {
    guard rowCount > 0 else { return }
    try receiver.rows(batch)
    rowCount = 0
  }
}

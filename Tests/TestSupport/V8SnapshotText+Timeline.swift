extension V8SnapshotText {
  /// A heap whose allocations were tracked: root -> two sessions and their name by `serve`, one
  /// session by `warmUp`, both called by `main`; and two objects without a stack.
  package static func timeline() -> V8SnapshotText {
    var text = V8SnapshotText(style: .node20)
    func hold(_ name: String, id: UInt64, size: UInt64, site: Int, type: String = "object") {
      let node = text.node(name, type: type, id: id, size: size, site: site)
      text.edge(from: 0, to: node, index: UInt32(id))
    }
    hold("Session", id: 11, size: 32, site: 3)
    hold("Session", id: 13, size: 32, site: 3)
    hold("ann", id: 15, size: 20, site: 3, type: "string")
    hold("Session", id: 21, size: 48, site: 2)
    hold("Session", id: 31, size: 8, site: 0)
    // The embedder's ids say nothing of time.
    hold("Node / Worker", id: 12, size: 100, site: 0, type: "native")

    let names = ["(root)", "main", "serve", "warmUp"].map { text.string($0) }
    let script = text.string("app.js")
    // The header says that there are none.
    let rows = names.enumerated().map { index, name in
      "\(index),\(name),\(index == 0 ? text.string("") : script),7,\(index * 10),\(index)"
    }
    text.traceFunctionInfos = "[\(rows.joined(separator: ","))]"
    text.traceTree = "[1,0,0,0,[4,1,1,8,[2,3,5,240,[],3,2,9,400,[]]]]"
    text.samples = "[0,9,100,13,2500,21]"
    return text
  }
}

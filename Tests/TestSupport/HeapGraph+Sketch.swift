package import HeapModel

extension HeapGraph {
  /// A heap drawn in a test: `sketch[n]` lists what object `n` refers to; object 0 is the root.
  ///
  /// Every object has kind `object`, name `n`, id `2n + 1` and size 1; every reference is a
  /// property named `p`.
  package convenience init(
    sketch: [[UInt32]],
    selfSizes: [UInt64]? = nil,
    engine: HeapEngine = .v8
  ) {
    let firstEdge = FlatArray<UInt64>(capacity: sketch.count + 1)
    let targets = FlatArray<UInt32>(capacity: 16)
    firstEdge.append(0)
    for row in sketch {
      for target in row { targets.append(target) }
      firstEdge.append(UInt64(targets.count))
    }
    let count = sketch.count
    let names = StringTable(["p"] + (0..<count).map { String($0) })
    self.init(
      engine: engine,
      format: "sketch",
      capabilities: [.comparisonByID],
      rootOrdinal: 0,
      extraNativeBytes: 0,
      nodeKind: FlatArray(repeating: NodeKind.object.rawValue, count: count),
      nodeName: FlatArray((0..<count).map { UInt32($0 + 1) }),
      nodeID: FlatArray((0..<count).map { UInt64(2 * $0 + 1) }),
      selfSize: FlatArray(selfSizes ?? Array(repeating: 1, count: count)),
      detachedness: nil,
      firstEdge: firstEdge,
      edgeKind: FlatArray(repeating: EdgeKind.property.rawValue, count: targets.count),
      edgeName: FlatArray(repeating: 0, count: targets.count),
      edgeTarget: targets,
      names: names,
      locations: Locations()
    )
  }
}

package import HeapModel

/// One heap with everything that is worked out about it once.
///
/// Never changes, and may be read from several threads. It holds 40 bytes per object beside
/// its graph, given back to the pool with it. Objects are named by their ordinal in the graph.
package final class AnalyzedHeap: Sendable {
  package let graph: HeapGraph
  /// Largest retained size first.
  package let classes: [ClassRow]
  package let statistics: HeapStatistics
  /// Nil where the engine has none, or more than 64,999.
  package let nativeContexts: NativeContexts?
  package let detachedState: DetachedState
  /// The shapes by which plain objects are grouped, frequent first.
  package let interfaces: [InterfaceDefinition]
  package let dominators: DominatorTree
  /// Own bytes of each object, after helpers gave theirs to their only owner.
  package let selfSizes: PooledArray<UInt64>
  /// Steps from a root: `unreachableDistance`, or `systemDistance` and more for what only the
  /// engine reaches.
  package let distances: PooledArray<Int32>

  package static let unreachableDistance = DistanceWalk.unreachable
  package static let systemDistance = DistanceWalk.systemDistance

  let pool: MemoryPool
  let roles: NameRoles
  let assignment: ClassAssignment

  init(
    graph: HeapGraph,
    roles: NameRoles,
    detached: DetachedState,
    assignment: ClassAssignment,
    table: ClassTable,
    statistics: HeapStatistics,
    nativeContexts: NativeContexts?,
    dominators: DominatorTree,
    selfSizes: PooledArray<UInt64>,
    distances: PooledArray<Int32>,
    pool: MemoryPool
  ) {
    self.graph = graph
    self.classes = table.rows
    self.statistics = statistics
    self.nativeContexts = nativeContexts
    self.detachedState = detached
    self.interfaces = assignment.definitions
    self.dominators = dominators
    self.selfSizes = selfSizes
    self.distances = distances
    self.pool = pool
    self.roles = roles
    self.assignment = assignment
  }

  /// Bytes of all objects.
  package var totalSelfSize: UInt64 {
    selfSizes.elements.reduce(0, &+)
  }

  /// Bytes kept alive by the root, and those outside the snapshot that the engine counts.
  package var totalRetainedSize: UInt64 {
    retainedSize(of: graph.rootOrdinal) &+ graph.extraNativeBytes
  }

  /// Of what hangs on a holder that the engine does not tell; nil where nothing does.
  package var unheld: (count: Int, retainedSize: UInt64)? {
    graph.unknownHolder.map { (graph.edges(of: $0).count, retainedSize(of: $0)) }
  }

  package func selfSize(of node: UInt32) -> UInt64 { selfSizes[Int(node)] }

  package func distance(of node: UInt32) -> Int32 { distances[Int(node)] }

  package func retainedSize(of node: UInt32) -> UInt64 {
    dominators.retainedSize[Int(dominators.number[Int(node)])]
  }

  /// The nearest object that every path to `node` goes through; the root is its own.
  package func immediateDominator(of node: UInt32) -> UInt32 {
    let above = dominators.dominator[Int(dominators.number[Int(node)])]
    return dominators.vertex[Int(above)]
  }

  /// The object's class by number: equal for objects with one class key, in this heap only.
  func classNumber(of node: Int) -> UInt32 {
    assignment.merged[Int(assignment.classOf[node])]
  }

  /// Plain objects of a shape that fewer have are in no class of their own.
  var leastShapeCount: Int { assignment.leastShapeCount }

  /// One more than the largest class number.
  var classCount: Int { assignment.classes.count }

  func classNumber(ofKey key: String) -> UInt32? {
    assignment.number(ofKey: key)
  }

  func className(ofNumber number: UInt32) -> String { assignment.name(number) }

  func classKey(ofNumber number: UInt32) -> String { assignment.key(number) }

  package func className(of node: UInt32) -> String {
    assignment.name(assignment.classOf[Int(node)])
  }

  package func classKey(of node: UInt32) -> String {
    assignment.key(assignment.classOf[Int(node)])
  }

  /// The object's own name: for a string its text, for a closure its function's.
  package func name(of node: UInt32) -> String {
    let name = graph.names[Int(graph.nodeName[Int(node)])]
    return detachedState.isDetached(node) ? "Detached " + name : name
  }
}

internal import HeapModel

/// Which objects only one of two heaps has, added up by class (facts 5.12).
///
/// Objects without size take no part, and an object whose class changed is one removed and one
/// added. The main heap's interfaces group the plain objects of both.
struct ObjectDifferences {
  /// By class key.
  private(set) var sums: [String: DifferenceSum] = [:]

  init(base: AnalyzedHeap, main: AnalyzedHeap) {
    let classes = JoinedClasses(
      base: base.assignment(grouping: main.interfaces),
      main: main.assignment
    )
    var added = Array(repeating: ObjectTotal(), count: classes.count)
    var removed = added
    let isKept = Self.add(main, classes.main, missingIn: base, classes.base, to: &added)
    Self.add(base, classes.base, where: isKept, to: &removed)
    for number in 0..<classes.count where added[number].count + removed[number].count > 0 {
      var sum = DifferenceSum(key: classes.key(number), name: classes.name(number))
      sum.added = added[number]
      sum.removed = removed[number]
      sums[sum.key] = sum
    }
  }

  /// Adds up the objects of the main heap that the base heap does not have, and answers which
  /// objects of the base heap the main heap has: one look into one table of ids serves both.
  private static func add(
    _ main: AnalyzedHeap,
    _ classOf: JoinedClasses.Numbers,
    missingIn base: AnalyzedHeap,
    _ baseClassOf: JoinedClasses.Numbers,
    to totals: inout [ObjectTotal]
  ) -> PooledArray<Bool> {
    let objects = ObjectsByID(base.graph, pool: base.pool)
    let isKept: PooledArray<Bool> = base.pool.array(repeating: false, count: base.graph.nodeCount)
    let (sizes, baseSizes) = (main.selfSizes.base, base.selfSizes.base)
    objects.forEachMatch(of: main.graph.nodeID) { node, same in
      let size = sizes[node]
      guard size != 0 else { return }
      let number = classOf[node]
      if let same, baseSizes[same] != 0, baseClassOf[same] == number {
        isKept.base[same] = true
      } else {
        totals[number].count += 1
        totals[number].size &+= size
      }
    }
    return isKept
  }

  private static func add(
    _ base: AnalyzedHeap,
    _ classOf: JoinedClasses.Numbers,
    where isKept: PooledArray<Bool>,
    to totals: inout [ObjectTotal]
  ) {
    for node in 0..<base.graph.nodeCount where !isKept.base[node] {
      let size = base.selfSizes.base[node]
      guard size != 0 else { continue }
      totals[classOf[node]].count += 1
      totals[classOf[node]].size &+= size
    }
  }
}

/// The classes of two heaps, numbered together by key.
struct JoinedClasses {
  /// The joint number of each object's class.
  struct Numbers {
    let classOf: PooledArray<UInt32>
    let joined: [Int]

    subscript(node: Int) -> Int { joined[Int(classOf.base[node])] }
  }

  let base: Numbers
  let main: Numbers
  private var keys: [String] = []
  private var names: [String] = []

  init(base: ClassAssignment, main: ClassAssignment) {
    var numberOfKey: [String: Int] = [:]
    var keys: [String] = []
    var names: [String] = []
    func join(_ assignment: ClassAssignment) -> Numbers {
      let joined = assignment.classes.indices.map { number in
        let key = assignment.key(UInt32(number))
        if let known = numberOfKey[key] { return known }
        numberOfKey[key] = keys.count
        keys.append(key)
        names.append(assignment.name(UInt32(number)))
        return keys.count - 1
      }
      return Numbers(classOf: assignment.classOf, joined: joined)
    }
    // The main heap's names count.
    self.main = join(main)
    self.base = join(base)
    self.keys = keys
    self.names = names
  }

  var count: Int { keys.count }
  func key(_ number: Int) -> String { keys[number] }
  func name(_ number: Int) -> String { names[number] }
}

extension AnalyzedHeap {
  /// The classes of the objects with plain objects grouped by the given interfaces.
  func assignment(grouping interfaces: [InterfaceDefinition]) -> ClassAssignment {
    // How many objects they were inferred from decides nothing.
    let areTheSame = interfaces.elementsEqual(self.interfaces) {
      $0.nameBytes == $1.nameBytes && $0.properties == $1.properties
    }
    if areTheSame { return assignment }
    return ClassAssignment(
      graph: graph,
      roles: roles,
      detached: detachedState,
      definitions: interfaces,
      pool: pool
    )
  }
}

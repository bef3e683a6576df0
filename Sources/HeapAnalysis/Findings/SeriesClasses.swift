internal import HeapModel

/// The classes of all heaps of a series in the numbers of its last heap.
///
/// Plain objects are grouped by the last heap's interfaces in all of them: which shapes a heap has by
/// itself depends on how many of its objects have them, so a shape that becomes frequent would seem
/// to come from nothing. By id the engine's numbers of scripts hold; by class a script is known
/// by its name, since the same one has another number after a reload and in another process.
///
/// What a heap needs is worked out when it is first asked for: for an earlier one the classes of its
/// objects once more, 4 bytes an object.
struct SeriesClasses {
  private let columns: [Lazy<ClassColumn>]
  private let scripts: [Lazy<Scripts>]?

  init(_ series: HeapSeries) {
    let last = series.last
    let scripts =
      series.areIDsComparable
      ? nil : series.heaps.map { heap in Lazy { Scripts(heap.graph) } }
    self.scripts = scripts
    let keys = Lazy { JointKeys(last, scripts: scripts?.last?.value) }
    columns = series.heaps.enumerated().map { index, heap in
      Lazy {
        ClassColumn(heap, in: last, keys.value, scripts: scripts?[index].value)
      }
    }
  }

  /// The class of an object, nil where the last heap has none of its kind.
  func number(of node: UInt32, in heap: Int) -> UInt32? {
    let column = columns[heap].value
    let number = column.number(of: node)
    return number == column.unknown ? nil : number
  }

  /// The class of an object of the last heap.
  func number(of node: UInt32) -> UInt32 {
    columns[columns.count - 1].value.number(of: node)
  }

  /// The objects with a size in one heap, per class.
  func totals(in heap: Int) -> [ObjectTotal] { columns[heap].value.totals }

  /// Bytes that the objects of a class keep alive in one heap.
  func retainedSize(ofClass number: UInt32, in heap: Int) -> UInt64 {
    columns[heap].value.retainedSizes[Int(number)]
  }

  /// Nil for what is no function, or stands nowhere.
  func functionKey(of node: UInt32, in heap: Int) -> CandidateKey? {
    let column = columns[heap].value
    return column.heap.functionKey(of: node, scripts: scripts?[heap].value)
  }

  /// Of an object of the last heap.
  func functionKey(of node: UInt32) -> CandidateKey? {
    functionKey(of: node, in: columns.count - 1)
  }
}

/// The class keys of one heap, to find the same classes in others.
private struct JointKeys {
  private var interner = ByteInterner()
  /// The first class with each key.
  private var classOfKey: [UInt32] = []

  init(_ heap: AnalyzedHeap, scripts: Scripts?) {
    for number in heap.assignment.classes.indices {
      let key = interner.number(of: Self.key(heap.assignment, number, scripts))
      if key == classOfKey.count { classOfKey.append(UInt32(number)) }
    }
  }

  func classNumber(_ assignment: ClassAssignment, _ number: Int, _ scripts: Scripts?) -> UInt32? {
    Self.key(assignment, number, scripts).withUnsafeBufferPointer {
      interner.knownNumber(of: $0)
    }
    .map { classOfKey[$0] }
  }

  /// The class's key; if scripts are given, with the script's name in place of its number.
  private static func key(
    _ assignment: ClassAssignment,
    _ number: Int,
    _ scripts: Scripts?
  ) -> [UInt8] {
    let key = Array(assignment.texts.bytes(assignment.classes[number].key))
    guard let scripts, let comma = key.firstIndex(of: UInt8(ascii: ",")), comma > 0,
      let script = Int32(String(decoding: key[..<comma], as: UTF8.self)),
      let name = scripts[script]
    else { return key }
    // No number of a script begins so.
    return [UInt8(ascii: "@")] + Array(name.utf8) + key[comma...]
  }
}

/// The classes of one heap in the numbers of another.
private final class ClassColumn {
  let heap: AnalyzedHeap
  /// What a class is that the other heap does not have.
  let unknown: UInt32
  private let classOf: PooledArray<UInt32>
  /// The other heap's number, per class of this one.
  private let joined: [UInt32]

  init(_ heap: AnalyzedHeap, in other: AnalyzedHeap, _ keys: JointKeys, scripts: Scripts?) {
    let assignment = heap.assignment(grouping: other.interfaces)
    let unknown = UInt32(other.classCount)
    self.heap = heap
    self.unknown = unknown
    classOf = assignment.classOf
    joined = assignment.classes.indices.map {
      keys.classNumber(assignment, $0, scripts) ?? unknown
    }
  }

  func number(of node: UInt32) -> UInt32 { joined[Int(classOf[Int(node)])] }

  private(set) lazy var totals: [ObjectTotal] = {
    var totals = Array(repeating: ObjectTotal(), count: Int(unknown) + 1)
    for node in 0..<heap.graph.nodeCount where heap.selfSizes.base[node] != 0 {
      let number = Int(joined[Int(classOf.base[node])])
      totals[number].count += 1
      totals[number].size &+= heap.selfSizes.base[node]
    }
    return totals
  }()

  private(set) lazy var retainedSizes = ClassTable.retainedSizes(
    classOf,
    merged: joined,
    count: Int(unknown) + 1,
    heap.selfSizes,
    heap.dominators,
    heap.pool
  )
}

internal import CPrefetch
internal import HeapModel

/// Adds up the objects of each class.
struct ClassTable {
  private static let lookAhead = 16

  private struct Sum {
    var count = 0
    var selfSize: UInt64 = 0
    var distance = Int32.max
    var firstNode = UInt32.max
  }

  /// Largest retained size first.
  let rows: [ClassRow]

  /// - Parameter members: the objects to count; nil counts all.
  init(
    assignment: ClassAssignment,
    selfSize: PooledArray<UInt64>,
    distance: PooledArray<Int32>,
    dominators: DominatorTree,
    members isMember: PooledArray<Bool>? = nil,
    pool: MemoryPool
  ) {
    let classCount = assignment.classes.count
    // What is no member has no size here.
    let size = isMember.map { Self.sizes(selfSize, of: $0, pool) } ?? selfSize
    let sums = Self.sums(assignment, size, distance)
    let retained = Self.retainedSizes(
      assignment.classOf,
      merged: assignment.merged,
      count: classCount,
      size,
      dominators,
      pool
    )

    var groups: [[Int]] = Array(repeating: [], count: classCount)
    for number in 0..<classCount where sums[number].count > 0 {
      groups[Int(assignment.merged[number])].append(number)
    }
    var rows: [ClassRow] = []
    for (merged, members) in groups.enumerated() where !members.isEmpty {
      let lastSeen = members.max { sums[$0].firstNode < sums[$1].firstNode }
      rows.append(
        ClassRow(
          key: assignment.key(UInt32(merged)),
          name: assignment.name(UInt32(merged)),
          count: members.reduce(0) { $0 + sums[$1].count },
          selfSize: members.reduce(0) { $0 &+ sums[$1].selfSize },
          retainedSize: retained[merged],
          distance: members.reduce(Int32.max) { min($0, sums[$1].distance) },
          countInDevTools: members.count > 1 ? lastSeen.map { sums[$0].count } : nil
        )
      )
    }
    rows.sort { ($1.retainedSize, $0.key) < ($0.retainedSize, $1.key) }
    self.rows = rows
  }

  private static func sizes(
    _ selfSize: PooledArray<UInt64>,
    of isMember: PooledArray<Bool>,
    _ pool: MemoryPool
  ) -> PooledArray<UInt64> {
    let sizes: PooledArray<UInt64> = pool.array(count: selfSize.count)
    for node in 0..<selfSize.count {
      sizes.base[node] = isMember.base[node] ? selfSize.base[node] : 0
    }
    return sizes
  }

  private static func sums(
    _ assignment: ClassAssignment,
    _ selfSize: PooledArray<UInt64>,
    _ distance: PooledArray<Int32>
  ) -> [Sum] {
    var sums = Array(repeating: Sum(), count: assignment.classes.count)
    sums.withUnsafeMutableBufferPointer { sums in
      let classOf = assignment.classOf.base
      for node in 0..<selfSize.count {
        let size = selfSize.base[node]
        guard size != 0 else { continue }
        let number = Int(classOf[node])
        if sums[number].count == 0 { sums[number].firstNode = UInt32(node) }
        sums[number].count &+= 1
        sums[number].selfSize &+= size
        sums[number].distance = min(sums[number].distance, distance.base[node])
      }
    }
    return sums
  }

  /// Per merged class the sum over objects that no object of the same class dominates.
  ///
  /// In dominator order a class is closed up to the end of the subtree that counted last.
  ///
  /// - Parameters:
  ///   - merged: for each class of `classOf` the number that it counts for.
  ///   - count: how many such numbers there are.
  static func retainedSizes(
    _ classOf: PooledArray<UInt32>,
    merged: [UInt32],
    count: Int,
    _ selfSize: PooledArray<UInt64>,
    _ dominators: DominatorTree,
    _ pool: MemoryPool
  ) -> [UInt64] {
    let preorder = DominatorPreorder(dominators, pool: pool)
    var retained = Array(repeating: UInt64(0), count: count)
    var closedUntil = Array(repeating: 0, count: count)
    let number = preorder.number.base
    let vertex = dominators.vertex.base
    let classOf = classOf.base
    // There is always a root.
    let last = preorder.number.count - 1
    for position in 0...last {
      let later = Int(vertex[Int(number[min(position &+ Self.lookAhead, last)])])
      retinue_prefetch(selfSize.base + later)
      retinue_prefetch(classOf + later)
      let current = Int(number[position])
      let node = Int(vertex[current])
      guard selfSize.base[node] != 0 else { continue }
      let merged = Int(merged[Int(classOf[node])])
      guard position >= closedUntil[merged] else { continue }
      retained[merged] &+= dominators.retainedSize.base[current]
      closedUntil[merged] = position + Int(dominators.subtreeCount.base[current])
    }
    return retained
  }
}

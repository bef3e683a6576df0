internal import CPrefetch

/// Immediate dominators in depth-first numbers: semi-NCA, block by block.
///
/// For each object from the last number to the first, the semidominator is the smallest number
/// that reaches it over larger numbers only. Over its tree ancestors that is the first pusher; over
/// each other reference it is the smallest semidominator on the tree path from the referrer up to
/// where numbers are not larger, found with path compression. A bucket's pairs are sorted by
/// target in near memory just before they are used. Then, in ascending numbers, the immediate
/// dominator is the first ancestor that is not above the semidominator.
///
/// Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems", 2005, section 1.4.
/// Almost linear in practice; path compression bounds the first part by O(m log n). Climbs to the
/// ancestors are short in practice too; where they are not, they go by jumps, which bounds them by
/// O(n log n).
struct SemiDominators {
  private static let lookAhead = 8
  /// So many steps a number may climb on the average before jumps are prepared.
  private static let climbLimit = 8

  private let heap: NumberedHeap
  /// Per number the next ancestor to look at in the low half, and in the high half the smallest
  /// semidominator between it and the number itself.
  private let paths: PooledArray<UInt64>
  private let trail: PooledArray<UInt32>
  private var sorted: GrowingArray<UInt32>

  init(_ heap: NumberedHeap, pool: MemoryPool) {
    self.heap = heap
    paths = pool.array(count: heap.vertex.count)
    trail = pool.array(count: heap.vertex.count)
    sorted = GrowingArray(capacity: 1 << 16, pool: pool)
  }

  /// The number of each number's immediate dominator; the root is its own.
  ///
  /// Takes over the heap's `parent` and `firstPusher` arrays.
  mutating func run() -> PooledArray<UInt32> {
    let walked = heap.walkedCount
    for number in 0...walked {
      let parent = UInt64(heap.parent.base[number])
      paths.base[number] = UInt64(heap.firstPusher.base[number]) << 32 | parent
    }
    let lastBucket = walked >> Int(PairBuckets.keyBits)
    for bucket in stride(from: lastBucket, through: 0, by: -1) {
      findSemidominators(bucket, walked: walked)
    }
    return nearestCommonAncestors(walked: walked)
  }

  private mutating func findSemidominators(_ bucket: Int, walked: Int) {
    let first = bucket << Int(PairBuckets.keyBits)
    let width = PairBuckets.keysPerBucket
    withUnsafeTemporaryAllocation(of: Int.self, capacity: width + 1) { starts in
      sortPairs(of: bucket, starts)
      guard let startsBase = starts.baseAddress else { return }
      let semi = heap.firstPusher.base
      let paths = self.paths.base
      let referrers = sorted.storage.base
      let end = startsBase[width]
      var number = min(first + width - 1, walked)
      while number >= max(first, 2) {
        // The sort is by descending target, so that this loop reads forwards.
        let rank = first + width - 1 - number
        var smallest = UInt64(semi[number])
        var place = startsBase[rank]
        let placeEnd = startsBase[rank + 1]
        while place < placeEnd {
          if place + Self.lookAhead < end {
            retinue_prefetch(paths + Int(referrers[place + Self.lookAhead]))
          }
          smallest = min(
            smallest,
            smallestSemidominator(from: Int(referrers[place]), above: number)
          )
          place += 1
        }
        semi[number] = UInt32(truncatingIfNeeded: smallest)
        paths[number] = smallest << 32 | (paths[number] & 0xFFFF_FFFF)
        number -= 1
      }
    }
  }

  /// Sorts a bucket's referrers by descending target; those of the target with rank `r` are
  /// `sorted[starts[r] ..< starts[r + 1]]`.
  private mutating func sortPairs(of bucket: Int, _ starts: UnsafeMutableBufferPointer<Int>) {
    guard let base = starts.baseAddress else { return }
    let width = PairBuckets.keysPerBucket
    let last = UInt64(width - 1)
    base.update(repeating: 0, count: width + 1)
    heap.buckets.forEachChunk(of: bucket) { chunk in
      for pair in chunk { base[Int(last &- (pair &>> 32) & last)] &+= 1 }
    }
    var sum = 0
    for rank in 0...width {
      let count = base[rank]
      base[rank] = sum
      sum &+= count
    }
    sorted.removeAll()
    sorted.reserve(sum)
    let sortedBase = sorted.storage.base
    heap.buckets.forEachChunk(of: bucket) { chunk in
      for pair in chunk {
        let rank = Int(last &- (pair &>> 32) & last)
        sortedBase[base[rank]] = UInt32(truncatingIfNeeded: pair)
        base[rank] &+= 1
      }
    }
    // Each start has moved to its end: shift them back.
    var previous = 0
    for rank in 0..<width {
      let end = base[rank]
      base[rank] = previous
      previous = end
    }
  }

  /// The smallest semidominator on the tree path from `number` up to the last ancestor that is
  /// larger than `floor`.
  @inline(__always)
  private func smallestSemidominator(from number: Int, above floor: Int) -> UInt64 {
    let path = paths.base[number]
    if Int(path & 0xFFFF_FFFF) <= floor { return path &>> 32 }
    return compress(number, above: floor)
  }

  private func compress(_ number: Int, above floor: Int) -> UInt64 {
    let paths = self.paths.base
    let trail = self.trail.base
    var height = 0
    var current = number
    var path = paths[current]
    while Int(path & 0xFFFF_FFFF) > floor {
      trail[height] = UInt32(truncatingIfNeeded: current)
      height &+= 1
      current = Int(path & 0xFFFF_FFFF)
      path = paths[current]
    }
    let ancestor = path & 0xFFFF_FFFF
    var smallest = path &>> 32
    while height > 0 {
      height &-= 1
      let below = Int(trail[height])
      smallest = min(smallest, paths[below] &>> 32)
      paths[below] = smallest << 32 | ancestor
    }
    return smallest
  }

  private func nearestCommonAncestors(walked: Int) -> PooledArray<UInt32> {
    let dominator = heap.parent
    let semi = heap.firstPusher
    dominator[1] = 1
    var number = 2
    var steps = Self.climbLimit * walked
    while number <= walked, steps > 0 {
      let limit = semi.base[number]
      var ancestor = dominator.base[number]
      while ancestor > limit {
        ancestor = dominator.base[Int(ancestor)]
        steps &-= 1
      }
      dominator.base[number] = ancestor
      number &+= 1
    }
    climbByJumps(from: number, walked: walked)
    // The rest hangs on the root, as `numberTheRest` wrote.
    return dominator
  }

  /// The same for the numbers from `first` on, where a long list beside an index of its values, say,
  /// makes the climb of each as long as the list.
  ///
  /// Myers, "An applicative random-access stack", 1983: each number knows, besides its dominator,
  /// one ancestor far above, so that a climb takes O(log n) steps.
  private func climbByJumps(from first: Int, walked: Int) {
    guard first <= walked else { return }
    let dominator = heap.parent.base
    let semi = heap.firstPusher.base
    // Done with as paths: the depth in the high half, the ancestor far above in the low half.
    let jumps = paths.base
    jumps[1] = 1
    for number in 2...walked {
      var ancestor = dominator[number]
      if number >= first {
        let limit = semi[number]
        while ancestor > limit {
          let far = UInt32(truncatingIfNeeded: jumps[Int(ancestor)])
          ancestor = far > limit ? far : dominator[Int(ancestor)]
        }
        dominator[number] = ancestor
      }
      jumps[number] = Self.jump(below: ancestor, jumps)
    }
  }

  private static func jump(below parent: UInt32, _ jumps: UnsafeMutablePointer<UInt64>) -> UInt64 {
    let own = jumps[Int(parent)]
    let far = jumps[Int(own & 0xFFFF_FFFF)]
    let farther = jumps[Int(far & 0xFFFF_FFFF)]
    let isAsFar = (own &>> 32) &- (far &>> 32) == (far &>> 32) &- (farther &>> 32)
    let ancestor = isAsFar ? far & 0xFFFF_FFFF : UInt64(parent)
    return ((own &>> 32) &+ 1) << 32 | ancestor
  }
}

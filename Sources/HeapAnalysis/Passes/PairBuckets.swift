/// Pairs of numbers, sorted roughly by the first: all pairs whose keys differ only in the low
/// twelve bits lie together, in chunks of 4 KiB.
///
/// Writing touches one open chunk per 4,096 keys, so it stays in the near cache, and reading gets
/// the pairs of 4,096 keys at once.
struct PairBuckets {
  static let keyBits: UInt32 = 12
  static let keysPerBucket = 1 << Int(keyBits)
  private static let chunkBits = 9
  private static let chunkMask = (1 << chunkBits) - 1

  private let bucketCount: Int
  /// Key's low bits in the high half, value in the low half.
  private let pairs: PooledArray<UInt64>
  /// Where each bucket's next pair goes.
  private let cursor: PooledArray<Int>
  /// The chunk that was filled before this one in its bucket, or −1.
  private let earlierChunk: PooledArray<Int32>
  private var chunkCount: Int
  /// The arrays' own memory: `append` is the inside of a loop, and need not ask the arrays for it.
  private let pairBase: UnsafeMutablePointer<UInt64>
  private let cursorBase: UnsafeMutablePointer<Int>

  /// - Parameter pairLimit: memory for so many pairs is reserved, and touched only as they come.
  init(keyCount: Int, pairLimit: Int, pool: MemoryPool) {
    bucketCount = (keyCount >> Int(Self.keyBits)) + 1
    let chunkLimit = (pairLimit >> Self.chunkBits) + 2 * bucketCount + 1
    pairs = pool.array(count: chunkLimit << Self.chunkBits)
    cursor = pool.array(count: bucketCount)
    earlierChunk = pool.array(count: chunkLimit)
    chunkCount = bucketCount
    pairBase = pairs.base
    cursorBase = cursor.base
    for bucket in 0..<bucketCount {
      cursor[bucket] = bucket << Self.chunkBits
      earlierChunk[bucket] = -1
    }
  }

  @inline(__always)
  mutating func append(key: UInt32, value: UInt64) {
    let bucket = Int(truncatingIfNeeded: key &>> Self.keyBits)
    let place = cursorBase[bucket]
    pairBase[place] = UInt64(key) << 32 | value
    if (place &+ 1) & Self.chunkMask == 0 {
      openChunk(in: bucket, after: place)
    } else {
      cursorBase[bucket] = place &+ 1
    }
  }

  private mutating func openChunk(in bucket: Int, after place: Int) {
    earlierChunk[chunkCount] = Int32(truncatingIfNeeded: place >> Self.chunkBits)
    cursor[bucket] = chunkCount << Self.chunkBits
    chunkCount += 1
  }

  /// The chunks of a bucket.
  func forEachChunk(of bucket: Int, _ body: (UnsafeBufferPointer<UInt64>) -> Void) {
    var chunk = cursor[bucket] >> Self.chunkBits
    var count = cursor[bucket] & Self.chunkMask
    while chunk >= 0 {
      let start = pairs.base + chunk << Self.chunkBits
      body(UnsafeBufferPointer(start: start, count: count))
      chunk = Int(earlierChunk[chunk])
      count = Self.chunkMask + 1
    }
  }
}

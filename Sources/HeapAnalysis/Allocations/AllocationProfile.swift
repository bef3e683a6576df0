internal import HeapModel

/// What is alive of that which a recording saw allocated: by time, by function, by stack, by class.
///
/// Numbers are those of DevTools' allocation views. Own sizes are those after helpers gave theirs to
/// their owner; a helper is counted with a stack's objects and without bytes, but not with a class,
/// as in the table of classes.
package struct AllocationProfile: Sendable {
  /// Objects and their own bytes.
  package struct Amount: Hashable, Sendable {
    package private(set) var count: UInt64 = 0
    package private(set) var size: UInt64 = 0

    package init(count: UInt64 = 0, size: UInt64 = 0) {
      self.count = count
      self.size = size
    }

    mutating func add(_ size: UInt64) {
      count &+= 1
      self.size &+= size
    }

    mutating func add(_ other: Amount) {
      count &+= other.count
      size &+= other.size
    }
  }

  /// What is alive of one stretch of the recording.
  package struct Bucket: Hashable, Sendable {
    /// When it ended, counted from the beginning; the first ends at the beginning.
    package let microseconds: UInt64
    /// The highest id in it.
    package let lastID: UInt64
    package fileprivate(set) var live = Amount()
  }

  package struct Function: Hashable, Sendable {
    package let frame: Frame
    /// By itself, in all its stacks.
    package let allocated: Amount
    package let live: Amount
  }

  package struct Frame: Hashable, Sendable {
    /// Empty for a function without a name.
    package let name: String
    package let script: String
    /// From one; 0 is not known.
    package let line: Int
    package let column: Int
  }

  package struct Stack: Hashable, Sendable {
    /// The engine's number, by which rows of `classes` refer to it.
    package let identifier: UInt64
    /// The function that allocated first, then its callers.
    package let frames: [Frame]
    package let allocated: Amount
    package let live: Amount
    /// What the live objects are, most bytes first.
    package let classes: [Share<String>]
  }

  package struct Class: Hashable, Sendable {
    package let key: String
    package let name: String
    /// Objects of it that have a stack.
    package let live: Amount
    /// Most bytes first.
    package let stacks: [Share<UInt64>]
  }

  /// What a class (by its name) has of a stack, or a stack (by its number) of a class.
  package struct Share<Owner: Hashable & Comparable & Sendable>: Hashable, Sendable {
    package let owner: Owner
    package let live: Amount

    static func sorted(_ shares: [Self]) -> [Self] {
      shares.sorted { ($1.live.size, $0.owner) < ($0.live.size, $1.owner) }
    }
  }

  /// In the order of time; objects from after the last are in none.
  package let buckets: [Bucket]
  /// Most bytes allocated first; without those that allocated nothing themselves.
  package let functions: [Function]
  /// Most bytes alive first; without those of which nothing is.
  package let stacks: [Stack]
  /// Most bytes alive first.
  package let classes: [Class]
  /// All objects with a stack, and all without.
  package let traced: Amount
  package let untraced: Amount

  /// A pass over the heap.
  ///
  /// - Returns: nil where allocations were not tracked.
  package init?(_ heap: AnalyzedHeap) {
    guard let history = heap.graph.allocations else { return nil }
    let live = LiveAllocations(heap, history)
    let frames = history.functions.map { Frame($0, heap.graph.names) }
    buckets = live.buckets
    functions = Self.functions(history, frames, live)
    stacks = Self.stacks(history, frames, live, heap)
    classes = Self.classes(history, live, heap)
    traced = live.ofSite.reduce(into: Amount()) { $0.add($1) }
    untraced = live.untraced
  }

  private static func functions(
    _ history: AllocationHistory,
    _ frames: [Frame],
    _ live: LiveAllocations
  ) -> [Function] {
    var sums = frames.map { _ in (allocated: Amount(), live: Amount()) }
    for (site, amount) in zip(history.sites, live.ofSite) where site.allocatedCount > 0 {
      sums[Int(site.function)].allocated.add(site.allocated)
      sums[Int(site.function)].live.add(amount)
    }
    let rows = zip(frames, sums).map { frame, sum in
      Function(frame: frame, allocated: sum.allocated, live: sum.live)
    }
    return rows.enumerated().filter { $0.element.allocated.count > 0 }
      .sorted {
        ($1.element.allocated.size, $0.offset) < ($0.element.allocated.size, $1.offset)
      }
      .map(\.element)
  }

  private static func stacks(
    _ history: AllocationHistory,
    _ frames: [Frame],
    _ live: LiveAllocations,
    _ heap: AnalyzedHeap
  ) -> [Stack] {
    var shares: [UInt32: [Share<String>]] = [:]
    for (pair, amount) in live.ofClassAndSite {
      let name = heap.className(ofNumber: pair.classNumber)
      shares[pair.site, default: []].append(Share(owner: name, live: amount))
    }
    let stacks = history.sites.indices.filter { live.ofSite[$0].count > 0 }.map { index in
      Stack(
        identifier: history.sites[index].identifier,
        frames: history.stack(of: index).map { frames[$0] },
        allocated: history.sites[index].allocated,
        live: live.ofSite[index],
        classes: Share.sorted(shares[UInt32(index)] ?? [])
      )
    }
    return stacks.sorted { ($1.live.size, $0.identifier) < ($0.live.size, $1.identifier) }
  }

  private static func classes(
    _ history: AllocationHistory,
    _ live: LiveAllocations,
    _ heap: AnalyzedHeap
  ) -> [Class] {
    var shares: [UInt32: [Share<UInt64>]] = [:]
    for (pair, amount) in live.ofClassAndSite {
      let identifier = history.sites[Int(pair.site)].identifier
      shares[pair.classNumber, default: []].append(Share(owner: identifier, live: amount))
    }
    let rows = shares.map { number, shares in
      Class(
        key: heap.classKey(ofNumber: number),
        name: heap.className(ofNumber: number),
        live: shares.reduce(into: Amount()) { $0.add($1.live) },
        stacks: Share.sorted(shares)
      )
    }
    return rows.sorted { ($1.live.size, $0.key) < ($0.live.size, $1.key) }
  }
}

extension AllocationProfile.Frame {
  fileprivate init(_ function: AllocationHistory.Function, _ names: StringTable) {
    name = names[Int(function.name)]
    script = names[Int(function.script)]
    line = Int(function.line)
    column = Int(function.column)
  }
}

extension AllocationHistory {
  /// Frames of one stack; V8 notes 64.
  private static let depthLimit = 128

  /// The functions of a site's stack, the one that allocated first.
  fileprivate func stack(of site: Int) -> [Int] {
    var functions: [Int] = []
    var current: UInt32? = UInt32(site)
    while let place = current, functions.count < Self.depthLimit {
      functions.append(Int(sites[Int(place)].function))
      current = sites[Int(place)].parent
    }
    return functions
  }
}

extension AllocationHistory.Site {
  fileprivate var allocated: AllocationProfile.Amount {
    AllocationProfile.Amount(count: allocatedCount, size: allocatedSize)
  }
}

/// One pass over the objects of a heap whose allocations were tracked.
private struct LiveAllocations {
  struct ClassAndSite: Hashable {
    let classNumber: UInt32
    let site: UInt32
  }

  var buckets: [AllocationProfile.Bucket]
  var ofSite: [AllocationProfile.Amount]
  var ofClassAndSite: [ClassAndSite: AllocationProfile.Amount] = [:]
  var untraced = AllocationProfile.Amount()

  init(_ heap: AnalyzedHeap, _ history: AllocationHistory) {
    buckets = history.samples.map {
      AllocationProfile.Bucket(microseconds: $0.microseconds, lastID: $0.lastID)
    }
    ofSite = history.sites.map { _ in AllocationProfile.Amount() }
    let graph = heap.graph
    for node in 0..<graph.nodeCount {
      let size = heap.selfSizes[node]
      // Even ids are of the embedder's objects, which V8 does not number by time.
      if size > 0, graph.nodeID[node] % 2 == 1, let bucket = bucket(of: graph.nodeID[node]) {
        buckets[bucket].live.add(size)
      }
      let site = history.siteOfNode.map { $0[node] } ?? AllocationHistory.noSite
      guard site != AllocationHistory.noSite else {
        untraced.add(size)
        continue
      }
      ofSite[Int(site)].add(size)
      guard size > 0 else { continue }
      let pair = ClassAndSite(classNumber: heap.classNumber(of: node), site: site)
      ofClassAndSite[pair, default: AllocationProfile.Amount()].add(size)
    }
  }

  /// The first whose highest id is not below this one.
  private func bucket(of id: UInt64) -> Int? {
    var (low, high) = (0, buckets.count)
    while low < high {
      let middle = (low + high) / 2
      if buckets[middle].lastID < id { low = middle + 1 } else { high = middle }
    }
    return low < buckets.count ? low : nil
  }
}

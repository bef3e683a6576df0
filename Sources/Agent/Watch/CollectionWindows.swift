internal import FleetProtocol
internal import HeapModel

/// Collections of targets for as long as somebody watches them: each window as many as a message
/// holds.
struct CollectionWindows {
  struct Number: Hashable, Sendable {
    fileprivate var value: UInt64
  }

  private struct Window {
    var target: TargetID
    var collections: [CollectionActivity] = []
  }

  private var windows: [Number: Window] = [:]
  private var lastNumber: UInt64 = 0

  mutating func open(_ target: TargetID) -> Number {
    lastNumber += 1
    windows[Number(value: lastNumber)] = Window(target: target)
    return Number(value: lastNumber)
  }

  mutating func add(_ collections: [CollectionActivity], of target: TargetID) {
    guard !collections.isEmpty else { return }
    for number in windows.keys where windows[number]?.target == target {
      windows[number]?.collections += collections
      windows[number]?.collections.thinOut(to: FleetLimits.collectionPoints)
    }
  }

  /// - Returns: what came since it was opened.
  mutating func close(_ number: Number) -> [CollectionActivity] {
    windows.removeValue(forKey: number)?.collections ?? []
  }
}

extension [CollectionActivity] {
  /// Joins neighbours of one kind until there are no more than so many: nothing is lost but when
  /// each of them was.
  mutating func thinOut(to limit: Int) {
    while count > limit {
      var joined: [CollectionActivity] = []
      joined.reserveCapacity(count / 2 + CollectionActivity.Kind.allCases.count)
      var open: [CollectionActivity.Kind: CollectionActivity] = [:]
      for next in self {
        if let first = open.removeValue(forKey: next.kind) {
          joined.append(first.joined(with: next))
        } else {
          open[next.kind] = next
        }
      }
      joined += open.values
      self = joined.sorted { $0.time < $1.time }
    }
  }
}

extension CollectionActivity {
  /// This and a later one of its kind.
  fileprivate func joined(with later: CollectionActivity) -> CollectionActivity {
    var both = later
    both.count = count &+ later.count
    both.pauseNanoseconds = pauseNanoseconds &+ later.pauseNanoseconds
    both.longestPauseNanoseconds = Swift.max(longestPauseNanoseconds, later.longestPauseNanoseconds)
    both.usedBefore = usedBefore
    both.forcedCount = forcedCount &+ later.forcedCount
    return both
  }
}

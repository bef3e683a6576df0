internal import HeapModel

/// New objects of one heap that one owner holds: one leak, whatever classes it is made of.
struct GrowthGroup {
  /// Objects of one key among them.
  struct Candidate {
    let key: CandidateKey
    let rank: ClassRank
    /// Whether a framework makes them, plain objects included.
    let isOfFramework: Bool
    /// New objects by the step in which they came.
    var countPerStep: [Int]
    var count: Int { countPerStep.reduce(0, +) }
    /// Bytes of new objects that these keep alive, themselves included.
    var heldSize: UInt64 = 0
    /// Some of them, spread over the heap.
    private(set) var samples: [UInt32] = []
    private var offeredCount = 0
    private var stride = 1

    init(_ entry: CandidateClasses.Entry, stepCount: Int) {
      key = entry.key
      rank = entry.rank
      isOfFramework = entry.isOfFramework
      countPerStep = Array(repeating: 0, count: stepCount)
    }

    /// Takes every `stride`-th object as a sample, more rarely the more there are.
    mutating func offer(_ node: UInt32) {
      if offeredCount % stride == 0 { samples.append(node) }
      offeredCount += 1
      guard samples.count > GrowthGroup.sampleLimit else { return }
      samples = samples.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
      stride *= 2
    }
  }

  static let sampleLimit = 64

  /// The nearest object that holds all of them and is older; nil where it is only the root.
  let holder: UInt32?
  /// How many holders of one class are taken together here, each of which has few.
  var holderCount = 1
  var candidates: [Candidate] = []
  /// Bytes of all new objects by step, helpers of the engine included.
  var bytesPerStep: [UInt64]

  var byteCount: UInt64 { bytesPerStep.reduce(0, &+) }

  /// Those that can name the leak, best first.
  ///
  /// Fit is what holds a tenth of the new bytes or is at least half as many as the most frequent:
  /// a class that merely happens to be near does not name a leak of something else. What a framework
  /// makes is of many parts, so there a class of the program is fit that a quarter of the units have.
  func namingCandidates() -> [Candidate] {
    let mostFrequent = candidates.map(\.count).max() ?? 0
    let unitCount = frameworkUnitCount
    let fit = candidates.filter {
      $0.heldSize >= byteCount / 10 || $0.count * 2 >= mostFrequent
        || unitCount > 0 && $0.rank <= .suspendedCall && $0.count * 4 >= unitCount
    }
    return fit.sorted { a, b in
      a.rank != b.rank ? a.rank < b.rank : a.heldSize > b.heldSize
    }
  }

  /// How many of what a framework makes: of its classes here the one that holds most is the whole
  /// of which the others are parts, such as fibers.
  private var frameworkUnitCount: Int {
    candidates.filter(\.isOfFramework).max { ($0.heldSize, $1.count) < ($1.heldSize, $0.count) }?
      .count ?? 0
  }
}

internal import HeapModel

/// A window in which Firefox logs one allocation in many, each with its stack.
///
/// What is logged may have died meanwhile: the profile is of all that was allocated. Each
/// allocation has the same chance whatever its size, so a sum is that of the log divided by it.
struct FirefoxWindow: Sendable {
  /// How many allocations are logged.
  ///
  /// Never more than one in a hundred: above it a page stays a thousand times slower until its next
  /// collection.
  struct Rate: Hashable, Sendable {
    /// Entries that Firefox keeps between two deliveries; what comes beyond pushes out the oldest.
    static let logLength: Int64 = 50_000
    static let milliseconds: Int64 = 500
    /// Most objects have about so many bytes, by which bytes between two samples become a chance.
    private static let usualSize = 64.0

    let probability: Double

    init(intervalBytes: UInt64) {
      probability = min(0.01, max(0.000_1, Self.usualSize / Double(max(intervalBytes, 1))))
    }
  }

  /// Longer stacks are cut, and so is a circle, which a caller of a frame should not make.
  private static let depthLimit = 128

  let rate: Rate
  let startedAt: UnixNanoseconds
  /// The page that was sampled is gone, and its log with it.
  var isLost = false
  /// More was logged between two deliveries than Firefox keeps.
  private(set) var hasOverflown = false
  private var sums: [UInt32: (count: UInt64, size: UInt64)] = [:]
  private var frames: [AllocationLog.Frame] = []

  init(_ rate: Rate, startedAt: UnixNanoseconds) {
    self.rate = rate
    self.startedAt = startedAt
  }

  mutating func add(_ log: AllocationLog) {
    if log.stacks.count >= Rate.logLength { hasOverflown = true }
    for (stack, size) in zip(log.stacks, log.sizes) {
      // A frame beyond those that are kept is no place.
      let known = Int(stack) < log.frames.count ? stack : 0
      sums[known, default: (0, 0)].count += 1
      sums[known, default: (0, 0)].size &+= size
    }
    frames = log.frames
  }

  /// What was logged, scaled to all allocations; the interval is the one that came of it.
  func profile(endedAt: UnixNanoseconds) -> SamplingProfile {
    var tree = StackTree(frames: frames, depthLimit: Self.depthLimit)
    var (count, size): (UInt64, UInt64) = (0, 0)
    for (stack, sum) in sums.sorted(by: { $0.key < $1.key }) {
      tree.add(scaled(sum.size), sum.count, at: stack)
      count += sum.count
      size &+= sum.size
    }
    return SamplingProfile(
      frames: tree.places,
      nodes: tree.nodes,
      intervalBytes: count > 0 ? scaled(size) / count : 0,
      startedAt: startedAt,
      endedAt: endedAt,
      measure: .allocated
    )
  }

  private func scaled(_ size: UInt64) -> UInt64 {
    UInt64(min(Double(size) / rate.probability, 0x1p62))
  }
}

/// Stacks that are told by numbers of frames, as the tree of a profile.
private struct StackTree {
  private(set) var nodes = [SamplingProfile.Node(frame: 0, parent: 0, selfSize: 0, count: 0)]
  private(set) var places = [
    SamplingProfile.Frame(function: "(root)", url: "", scriptID: "", line: -1, column: -1)
  ]
  private let frames: [AllocationLog.Frame]
  private let depthLimit: Int
  /// By the frame's number: the node, since a frame has one caller and so one stack.
  private var nodeOfFrame: [UInt32: UInt32] = [0: 0]
  private var numberOfPlace: [SamplingProfile.Frame: UInt32] = [:]

  init(frames: [AllocationLog.Frame], depthLimit: Int) {
    self.frames = frames
    self.depthLimit = depthLimit
  }

  mutating func add(_ size: UInt64, _ count: UInt64, at stack: UInt32) {
    let node = Int(node(of: stack))
    nodes[node].selfSize &+= size
    nodes[node].count += count
  }

  /// The frame's node, behind those of its callers.
  private mutating func node(of frame: UInt32) -> UInt32 {
    var missing: [UInt32] = []
    var current = frame
    while nodeOfFrame[current] == nil, missing.count < depthLimit {
      missing.append(current)
      current = Int(current) < frames.count ? frames[Int(current)].caller : 0
    }
    var parent = nodeOfFrame[current] ?? 0
    for frame in missing.reversed() where nodeOfFrame[frame] == nil {
      let place = number(of: frame)
      let node = UInt32(nodes.count)
      nodes.append(SamplingProfile.Node(frame: place, parent: parent, selfSize: 0, count: 0))
      nodeOfFrame[frame] = node
      parent = node
    }
    return nodeOfFrame[frame] ?? parent
  }

  private mutating func number(of frame: UInt32) -> UInt32 {
    let place = SamplingProfile.Frame(Int(frame) < frames.count ? frames[Int(frame)] : .init())
    if let known = numberOfPlace[place] { return known }
    let number = UInt32(places.count)
    places.append(place)
    numberOfPlace[place] = number
    return number
  }
}

extension SamplingProfile.Frame {
  /// A frame that Firefox does not let the page see has neither a name nor a source.
  fileprivate init(_ frame: AllocationLog.Frame) {
    let isHidden = frame.source.isEmpty && frame.function.isEmpty
    self.init(
      function: isHidden ? "(Firefox)" : frame.function,
      url: frame.source,
      scriptID: "",
      line: Int32(clamping: frame.line) - 1,
      column: Int32(clamping: frame.column) - 1
    )
  }
}

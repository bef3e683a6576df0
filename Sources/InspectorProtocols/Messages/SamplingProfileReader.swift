internal import HeapModel
internal import JSONStream

/// Reads a sampling profile from its tokens into a flat tree, without a value in between.
///
/// V8 sends the tree nested, up to 128 frames deep, and the samples behind it, each with the
/// ordinal of its allocation. A window on a sampler that somebody else had started counts only the
/// samples behind the ordinal at which the window began.
struct SamplingProfileReader {
  /// Stacks in one profile; real ones have some thousands.
  static let nodeLimit = 1 << 17
  /// Bytes of a function's name or URL; data URLs can have megabytes.
  private static let nameLimit = 1 << 10

  private enum Scope {
    case profile
    case node(Int)
    case callFrame(node: Int)
    case children(node: Int)
    case samples
    case sample
    case ignored
  }

  private enum Key {
    case head, samples, callFrame, children
    case functionName, scriptID, url, line, column
    case selfSize, id, size, nodeID, ordinal
    case other
  }

  private struct Sample {
    var size: UInt64 = 0
    var node: Int64 = 0
    var ordinal: Int64 = 0
  }

  /// Samples with a smaller or equal ordinal are not counted; −1 counts all.
  private let after: Int64
  private var scopes: [Scope] = []
  private var key = Key.other
  private var string: [UInt8] = []
  private var frame = Self.noFrame
  private var sample = Sample()
  private var nodes: [SamplingProfile.Node] = []
  private var nodeIDs: [Int64] = []
  private var frames: [SamplingProfile.Frame] = []
  private var frameNumbers: [SamplingProfile.Frame: UInt32] = [:]
  /// By the engine's node id: samples counted, and their bytes.
  private var sampled: [Int64: (count: UInt64, size: UInt64)] = [:]
  /// The highest ordinal seen; a later window begins behind it.
  private(set) var lastOrdinal: Int64 = 0
  private(set) var isTooLarge = false

  init(after: Int64 = -1) {
    self.after = after
  }

  private static let noFrame = SamplingProfile.Frame(
    function: "",
    url: "",
    scriptID: "",
    line: -1,
    column: -1
  )

  mutating func beganObject() {
    switch (scopes.last, key) {
    case (nil, _): scopes.append(.profile)
    case (.profile, .head): scopes.append(beginNode(parent: nil))
    case (.children(let parent), _): scopes.append(beginNode(parent: parent))
    case (.node(let node), .callFrame):
      frame = Self.noFrame
      scopes.append(.callFrame(node: node))
    case (.samples, _):
      sample = Sample()
      scopes.append(.sample)
    default: scopes.append(.ignored)
    }
    key = .other
  }

  mutating func beganArray() {
    switch (scopes.last, key) {
    case (.node(let node), .children): scopes.append(.children(node: node))
    case (.profile, .samples): scopes.append(.samples)
    default: scopes.append(.ignored)
    }
    key = .other
  }

  /// An object or array ended.
  mutating func ended() {
    switch scopes.popLast() {
    case .callFrame(let node): nodes[node].frame = number(of: frame)
    case .sample: count(sample)
    default: break
    }
  }

  mutating func receivedKey(_ text: RawSpan) {
    key = Self.key(text)
  }

  mutating func receivedString(_ part: RawSpan, isLast: Bool) {
    if string.count < Self.nameLimit {
      part.withUnsafeBytes { string.append(contentsOf: $0.prefix(Self.nameLimit - string.count)) }
    }
    guard isLast else { return }
    let text = String(decoding: string, as: UTF8.self)
    string = []
    guard case .callFrame = scopes.last else { return }
    switch key {
    case .functionName: frame.function = text
    case .scriptID: frame.scriptID = text
    case .url: frame.url = text
    default: break
    }
  }

  mutating func receivedNumber(_ number: JSONNumber) {
    guard let value = number.integer else { return }
    switch (scopes.last, key) {
    case (.node(let node), .selfSize): nodes[node].selfSize = UInt64(clamping: value)
    case (.node(let node), .id): nodeIDs[node] = value
    case (.callFrame, .line): frame.line = Int32(clamping: value)
    case (.callFrame, .column): frame.column = Int32(clamping: value)
    case (.sample, .size): sample.size = UInt64(clamping: value)
    case (.sample, .nodeID): sample.node = value
    case (.sample, .ordinal): sample.ordinal = value
    default: break
    }
  }

  /// The profile of the window; nil if the tree was missing.
  func profile(
    intervalBytes: UInt64,
    startedAt: UnixNanoseconds,
    endedAt: UnixNanoseconds
  ) -> SamplingProfile? {
    guard nodes.isEmpty == false else { return nil }
    var nodes = nodes
    for index in nodes.indices {
      let counted = sampled[nodeIDs[index]] ?? (0, 0)
      nodes[index].count = counted.count
      // Of a whole run the engine's own sum is the better one: it rounds less.
      if after >= 0 { nodes[index].selfSize = counted.size }
    }
    return SamplingProfile(
      frames: frames,
      nodes: nodes,
      intervalBytes: intervalBytes,
      startedAt: startedAt,
      endedAt: endedAt
    )
  }
}

extension SamplingProfileReader {
  private mutating func beginNode(parent: Int?) -> Scope {
    // There is one root; a second head is nothing we know.
    guard parent != nil || nodes.isEmpty else { return .ignored }
    guard nodes.count < Self.nodeLimit else {
      isTooLarge = true
      return .ignored
    }
    let parent = UInt32(parent ?? 0)
    let root = number(of: Self.noFrame)
    nodes.append(SamplingProfile.Node(frame: root, parent: parent, selfSize: 0, count: 0))
    nodeIDs.append(0)
    return .node(nodes.count - 1)
  }

  private mutating func number(of frame: SamplingProfile.Frame) -> UInt32 {
    if let number = frameNumbers[frame] { return number }
    let number = UInt32(frames.count)
    frames.append(frame)
    frameNumbers[frame] = number
    return number
  }

  private mutating func count(_ sample: Sample) {
    lastOrdinal = max(lastOrdinal, sample.ordinal)
    guard sample.ordinal > after else { return }
    guard sampled[sample.node] != nil || sampled.count < Self.nodeLimit else {
      isTooLarge = true
      return
    }
    sampled[sample.node, default: (0, 0)].count += 1
    sampled[sample.node, default: (0, 0)].size &+= sample.size
  }

  private static func key(_ text: RawSpan) -> Key {
    for (name, key) in names where text.equals(name) { return key }
    return .other
  }

  private static let names: [(StaticString, Key)] = [
    ("size", .size), ("nodeId", .nodeID), ("ordinal", .ordinal), ("selfSize", .selfSize),
    ("id", .id), ("children", .children), ("callFrame", .callFrame),
    ("functionName", .functionName), ("scriptId", .scriptID), ("url", .url),
    ("lineNumber", .line), ("columnNumber", .column), ("head", .head), ("samples", .samples),
  ]
}

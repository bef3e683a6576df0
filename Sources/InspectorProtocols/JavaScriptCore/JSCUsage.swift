internal import HeapModel
internal import JSONStream

/// How the sizes of a heap are asked for.
///
/// Bun answers an expression. A page tells of its memory every half second while it is asked to: it
/// is asked for one reading only, so that nothing of ours keeps it awake.
extension JSCDialect {
  /// How long a page may take to tell its memory: it does so as soon as it is not busy.
  private static let patience = Duration.seconds(60)

  mutating func askForUsage() -> [SessionStep<JSCCommand>] {
    guard host == .page else { return [.call(.evaluate(.usage))] }
    memory = nil
    isTrackingMemory = true
    return [.call(.startMemoryTracking)]
  }

  /// Until when something must come by itself after this call was answered; nil where nothing does.
  func silenceEnds(after command: JSCCommand, at now: Moment) -> Duration? {
    command == .startMemoryTracking ? now.elapsed + Self.patience : nil
  }

  /// The reading, once the last of its calls is answered; nil before.
  mutating func usage(
    _ reply: Reply,
    to command: JSCCommand,
    at now: Moment
  ) throws(SessionFailure) -> HeapUsage? {
    switch command {
    case .evaluate(.usage): return try bunUsage(reply, at: now)
    case .startMemoryTracking:
      guard case .failure(let failure) = reply else { return nil }
      isTrackingMemory = false
      throw SessionFailure(.noAnswer, "the page tells no memory usage: \(failure.message)")
    case .stopMemoryTracking:
      guard let memory else { throw SessionFailure(.noAnswer, "the page told no memory usage") }
      return memory
    default: return nil
    }
  }

  /// One event is enough.
  mutating func receivedMemory(
    _ categories: JSONValue,
    at now: Moment
  ) -> [SessionStep<JSCCommand>] {
    guard isTrackingMemory else { return [] }
    isTrackingMemory = false
    memory = Self.pageUsage(categories, at: now)
    return [.call(.stopMemoryTracking)]
  }

  /// `javascript` is what the heap has taken, as of now; what of it is in use is not told.
  private static func pageUsage(_ categories: JSONValue, at now: Moment) -> HeapUsage? {
    // There are six.
    let spaces = (categories.array ?? []).prefix(32).compactMap { category -> HeapSpace? in
      guard let name = category["type"]?.string, let size = category.count("size") else {
        return nil
      }
      return HeapSpace(name: name, used: size, size: size)
    }
    guard let heap = spaces.first(where: { $0.name == "javascript" }) else { return nil }
    return HeapUsage(time: now.wall, used: heap.size, total: heap.size, spaces: spaces)
  }

  private mutating func bunUsage(
    _ reply: Reply,
    at now: Moment
  ) throws(SessionFailure) -> HeapUsage {
    let memory = try Evaluation.json(reply)
    guard let used = memory.count("heapUsed"), let total = memory.count("heapTotal") else {
      throw SessionFailure(.noAnswer, "the target told no memory usage")
    }
    activity.usedAfterLast = memory.count("afterCollection")
    return HeapUsage(
      time: now.wall,
      used: used,
      total: total,
      external: memory.count("external"),
      arrayBuffers: memory.count("arrayBuffers"),
      residentSize: memory.count("rss")
    )
  }
}

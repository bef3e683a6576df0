internal import HeapModel
internal import JSONStream

/// One answer to the question how much memory is used, as the program gave it.
struct CDPUsage: Sendable {
  var usage: HeapUsage
  /// Nil where the program counts no collections.
  var counters: CDPCollectionCounters?
  /// Nil where the program does not tell.
  var engine: CDPEngineVersion?

  /// - Throws: `SessionFailure(.noAnswer)`, when what must be there is not.
  init(_ reply: Reply, to command: CDPCommand, at now: Moment) throws(SessionFailure) {
    if command == .getHeapUsage {
      try self.init(heapUsage: reply, at: now)
    } else {
      try self.init(evaluation: reply, at: now)
    }
  }

  /// What V8 itself tells, where no program can be asked.
  ///
  /// Of what lies outside its heap it knows the embedder's objects (in a browser the DOM) and the
  /// contents of buffers.
  private init(heapUsage reply: Reply, at now: Moment) throws(SessionFailure) {
    guard case .result(let heap) = reply, let used = heap.count("usedSize"),
      let total = heap.count("totalSize")
    else { throw SessionFailure(.noAnswer, "the target told no heap usage") }
    let buffers = heap.count("backingStorageSize")
    usage = HeapUsage(
      time: now.wall,
      used: used,
      total: total,
      external: heap.count("embedderHeapUsedSize").map { $0 &+ (buffers ?? 0) },
      arrayBuffers: buffers
    )
  }

  private init(evaluation reply: Reply, at now: Moment) throws(SessionFailure) {
    let value = try Evaluation.json(reply)
    guard let heap = value["heap"], let used = heap.count("used_heap_size"),
      let total = heap.count("total_heap_size")
    else { throw SessionFailure(.noAnswer, "the target told no heap statistics") }
    let memory = value["memory"] ?? .null
    usage = HeapUsage(
      time: now.wall,
      used: used,
      total: total,
      limit: heap.count("heap_size_limit"),
      external: memory.count("external"),
      arrayBuffers: memory.count("arrayBuffers"),
      residentSize: memory.count("rss"),
      spaces: Self.spaces(value["spaces"])
    )
    counters = value["collections"].map { CDPCollectionCounters($0) }
    engine = value["engine"]?.string.flatMap { CDPEngineVersion($0) }
  }

  private static func spaces(_ value: JSONValue?) -> [HeapSpace] {
    // V8 has 9 to 13.
    (value?.array ?? []).prefix(32).compactMap { space in
      guard let name = space["space_name"]?.string, let used = space.count("space_used_size"),
        let size = space.count("space_size")
      else { return nil }
      return HeapSpace(name: name, used: used, size: size)
    }
  }
}

/// The version of a V8.
struct CDPEngineVersion: Hashable, Sendable {
  var major: Int

  /// - Parameter text: as `process.versions.v8` has it, `11.3.244.8-node.33`
  init?(_ text: String) {
    guard let major = text.split(separator: ".").first.flatMap({ Int($0) }) else { return nil }
    self.major = major
  }

  /// For the place of each function, reads its script from the beginning, unless somebody has asked
  /// where the lines of the script end.
  ///
  /// A snapshot of the TypeScript compiler takes Node 20 (V8 11.3) 29 s, and 1.4 s with the ends of
  /// lines known; Node 22 (V8 12.4) takes 1.3 s without.
  var readsScriptsForEachFunction: Bool { major < 12 }
}

extension DocumentCounts {
  /// Nil where the page does not tell.
  init?(_ reply: Reply) {
    guard case .result(let counts) = reply, let documents = counts.count("documents"),
      let nodes = counts.count("nodes"), let listeners = counts.count("jsEventListeners")
    else { return nil }
    self.init(documents: documents, nodes: nodes, eventListeners: listeners)
  }
}

/// What the observer in the program has counted since it was put there.
struct CDPCollectionCounters: Hashable, Sendable {
  struct Counter: Hashable, Sendable {
    var count: UInt64
    var pause: UInt64
    /// Since the reading before.
    var longest: UInt64
  }

  var kinds: [CollectionActivity.Kind: Counter] = [:]
  var usedAfterMajor: UInt64?

  init(_ value: JSONValue) {
    usedAfterMajor = value.count("usedAfterMajor")
    for (number, kind) in Self.kindNumbers {
      guard let count = value["counts"]?.count(number) else { continue }
      let before = kinds[kind] ?? Counter(count: 0, pause: 0, longest: 0)
      kinds[kind] = Counter(
        count: before.count &+ count,
        pause: before.pause &+ Self.nanoseconds(value["pauses"]?[number]),
        longest: max(before.longest, Self.nanoseconds(value["longest"]?[number]))
      )
    }
  }

  /// What happened since an earlier reading of the same program.
  ///
  /// - Parameter forced: how many of the major ones we asked for ourselves
  func activity(
    since earlier: CDPCollectionCounters,
    forced: UInt64,
    at time: UnixNanoseconds
  ) -> [CollectionActivity] {
    CollectionActivity.Kind.allCases.compactMap { kind in
      guard let now = kinds[kind] else { return nil }
      let before = earlier.kinds[kind] ?? Counter(count: 0, pause: 0, longest: 0)
      // Fewer than before: the observer was taken out and put in again by another agent.
      let restarted = now.count < before.count
      let count = restarted ? now.count : now.count - before.count
      guard count > 0 else { return nil }
      let pause = restarted || now.pause < before.pause ? now.pause : now.pause - before.pause
      return CollectionActivity(
        kind: kind,
        time: time,
        count: UInt32(clamping: count),
        pauseNanoseconds: pause,
        longestPauseNanoseconds: now.longest,
        usedAfter: kind == .major ? usedAfterMajor : nil,
        forcedCount: kind == .major ? UInt32(clamping: min(forced, count)) : 0
      )
    }
  }

  /// V8's kinds are single bits; 2 is the minor mark-sweep that newer versions can be told to use.
  private static let kindNumbers: [(String, CollectionActivity.Kind)] = [
    ("1", .minor), ("2", .minor), ("4", .major), ("8", .incremental), ("16", .weakCallbacks),
  ]

  private static func nanoseconds(_ milliseconds: JSONValue?) -> UInt64 {
    guard let value = milliseconds?.double, value > 0, value < 1e12 else { return 0 }
    return UInt64(value * 1e6)
  }
}

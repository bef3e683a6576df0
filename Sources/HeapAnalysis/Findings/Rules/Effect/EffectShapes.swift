/// What an object of Effect is told by, in versions 3 and 4 where nothing else is said: names of
/// properties and methods, which minifying leaves alone.
///
/// This is the one place where they stand. What is a number, true, false or undefined is in none:
/// older V8 leaves such properties out of a snapshot.
struct EffectShape {
  /// Properties that the object has; private ones are all called `#`.
  let own: Set<String>
  /// Properties that it has not.
  var without: Set<String> = []
  /// What it may have besides; nil for anything.
  var others: Set<String>?
  /// Methods that it has from its class.
  var methods: Set<String> = []

  init(
    _ own: Set<String>,
    without: Set<String> = [],
    others: Set<String>? = nil,
    methods: Set<String> = []
  ) {
    self.own = own
    self.without = without
    self.others = others
    self.methods = methods
  }

  /// - Parameter inherited: nil where the engine does not tell of methods: then the properties must
  ///   say it.
  func fits(own names: Set<String>, methods inherited: Set<String>?) -> Bool {
    guard own.isSubset(of: names), without.isDisjoint(with: names),
      others.map({ names.subtracting(own).isSubset(of: $0) }) ?? true
    else { return false }
    guard let inherited, !methods.isEmpty else {
      return methods.isEmpty || others != nil || own.count > 2
    }
    return methods.isSubset(of: inherited)
  }
}

// MARK: What the rules look for

extension EffectShape {
  static let fibersOfVersion3 = [EffectShape(["_observers", "_stack", "_fiberRefs", "_queue"])]
  static let fibers =
    fibersOfVersion3 + [
      EffectShape(["_observers", "_stack", "context"]),
      EffectShape(["_stack", "cache", "context"]),
    ]
  /// The property of a fiber that has its result.
  static let exits: Set<String> = ["_exit", "_exitValue"]

  /// A Queue of version 4 and a Mailbox have `strategy` and `state` too.
  static let scopes = [EffectShape(["strategy", "state"], without: ["messages"])]

  static let managedRuntimes = [EffectShape(["cachedRuntime"]), EffectShape(["cachedContext"])]

  static let memoMaps = [
    EffectShape(["<symbol effect/Layer/MemoMap>", "ref"]),
    EffectShape(["map"], others: ["parent"], methods: ["get", "getOrElseMemoize"]),
  ]
  /// The entry of a layer that was built, and in version 4 the layer, which is its key.
  static let builtLayers = [
    EffectShape(["deferred", "scope", "finalizer"]), EffectShape(["build"]),
  ]

  /// Entries of a Cache: in version 4 each keeps the fiber that made it.
  static let cacheEntries = [EffectShape(["fiber"]), EffectShape(["exit"])]

  /// What has `messages`.
  static let mailboxes = [EffectShape(["messages", "strategy", "state", "messagesChunk"])]
  static let messageQueues = [EffectShape(["messages", "strategy", "state"])]
  /// What has `queue.mutable`, in version 3.
  static let queues = [EffectShape(["takers", "shutdownHook"])]
  /// What has `publisherHead`.
  static let publishers = [EffectShape(["publisherTail"])]
}

// MARK: Classes that do not say whose they are

extension EffectShape {
  /// Those that have a type id neither themselves nor from their class.
  ///
  /// Where an engine does not tell of a class's methods, these are all that such classes are told by.
  static let unmarked: [EffectShape] =
    fibers + memoMaps + suspended + scheduling + hashMaps + broadcasting + streaming

  /// What stands on the stack of a fiber, or is kept beside it.
  private static let suspended = [
    EffectShape(["resumes", "effect"]),
    EffectShape(["op", "_op"], others: ["patch"]),
    EffectShape(["self"], others: ["called"], methods: ["next", "return", "throw"]),
    EffectShape(["value"], others: ["done"], methods: ["next"]),
    EffectShape(["#"], others: [], methods: ["<symbol effect/Utils/YieldWrap>"]),
    EffectShape(["cacheRoot", "base"]),
    EffectShape(["context", "fiberRefs"], others: ["runtimeFlags"], methods: ["pipe"]),
    EffectShape(["fiber"], others: ["expiresAt", "onInterrupt", "awaiters"], methods: ["await"]),
  ]

  /// Schedulers, and what fibers take turns by.
  private static let scheduling = [
    EffectShape(["buckets"], others: [], methods: ["scheduleTask"]),
    EffectShape(
      ["tasks"],
      others: ["afterScheduled", "deferred", "running", "setImmediate"],
      methods: ["scheduleTask", "flush"]
    ),
    EffectShape(
      ["scheduleDrain"],
      others: ["running", "starveInternal", "tasks"],
      methods: ["scheduleTask", "starve"]
    ),
    EffectShape(["getRunner"], methods: ["scheduleTask", "shouldYield"]),
    EffectShape(["setImmediate"], methods: ["makeDispatcher", "shouldYield"]),
    EffectShape(["waiters", "take", "withPermits", "withPermitsIfAvailable"]),
    EffectShape(["waiters", "release", "whenOpen"], methods: ["openUnsafe", "closeUnsafe"]),
  ]

  /// Nodes of a HashMap, in version 3.
  private static let hashMaps = [
    EffectShape(
      ["_tag", "value"],
      others: ["edit", "hash", "key", "size"],
      methods: ["modify"]
    ),
    EffectShape(
      ["_tag", "children"],
      others: ["edit", "hash", "mask", "size"],
      methods: ["modify"]
    ),
  ]

  /// The inside of a PubSub.
  private static let broadcasting = [
    EffectShape(["replayBuffer"], methods: ["replayWindow", "publishAll", "subscribe"]),
    EffectShape(["subscribers"], methods: ["replayWindow", "publishAll", "subscribe"]),
    EffectShape(
      ["self"],
      others: ["subscriberHead", "subscriberIndex", "unsubscribed"],
      methods: ["poll", "pollUpTo", "unsubscribe"]
    ),
    EffectShape(["publishers"], methods: ["handleSurplus"]),
    EffectShape(["head", "tail"], methods: ["slide", "offer", "offerAll"]),
    EffectShape(["buffer"], methods: ["take", "takeN", "takeAll"]),
    EffectShape(["pubsub", "subscribers", "pollers"]),
  ]

  /// What runs a Stream, in version 3.
  private static let streaming = [
    EffectShape(["_doneStack", "_currentChannel"]),
    EffectShape(["_doneStack", "_executeCloseLastSubstream"]),
    EffectShape(["upstreamExecutor", "activeChildExecutors"]),
    EffectShape(["childExecutor", "parentSubexecutor"]),
    EffectShape(["value", "next", "_tag"], methods: ["enqueuePullFromChild"]),
    EffectShape(["ref"], methods: ["awaitRead", "emit", "takeWith"]),
  ]
}

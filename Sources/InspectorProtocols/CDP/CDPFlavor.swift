internal import HeapModel

/// What distinguishes the runtimes that have V8's inspector; all else in `CDP` is the same for all.
struct CDPFlavor: Sendable {
  /// The first things to say, in one breath; the session stands when the last was answered, and if
  /// one is refused we let go.
  var firstWords: [CDPCommand]
  /// Said right after them; nobody waits for the answers.
  var remarks: [CDPCommand] = []
  /// Asks how much memory is used.
  var usage: CDPCommand
  /// Asked beside it: what a page has, and a worker has not.
  var documents: CDPCommand?
  /// Said with every reading: what has to be undone for as long as we are there.
  var tidying: [CDPCommand] = []
  /// Makes it collect.
  var collection: [CDPCommand] = [.collectGarbage]
  /// Said before we leave, beside what every V8 is told.
  var farewell: [CDPCommand] = []
  var capabilities: Capabilities
  /// The session can come to be with another isolate without a word: a page that is loaded from
  /// another site, a worker whose code was changed.
  var changesIsolate = false
  /// What a session leaves, ids and a sampler, is not cleared when it ends.
  var outlivesSession = false
  /// The program waits for us at its end, and says so by one of these.
  var exitEvents: Set<String> = []
  /// Tells its collections in a trace of the browser alone.
  var isTraced = false
  /// Takes the traces of which the heaps beside it are told.
  var takesTraces = false
  /// Nothing has a heap here; the sentence says where the heaps are.
  var absence: String?
}

extension CDPFlavor {
  init(_ runtime: RuntimeKind, _ heap: HeapIntroduction?) {
    switch (runtime, heap) {
    case (.deno, nil): self = .deno
    case (.deno, _): self = .denoWorker
    case (.chromium, nil): self = .browser
    case (.chromium, let heap?):
      self = .page
      documents = heap.kind.hasSuffix("worker") ? nil : .getDOMCounters
    case (.workerd, _): self = .workerd
    case (_, nil): self = .node
    case (_, _): self = .nodeWorker
    }
  }

  /// Every V8 can do this.
  private static let common: Capabilities = [
    .snapshot, .comparisonByID, .sampling, .forcedCollection, .liveUsage, .collectionContents,
    .locations, .allocationTimeline,
  ]

  /// What a program can tell of itself that has an API for it.
  private static let talkative = common.union([
    .collectionEvents, .collectionWindow, .heapSpaces,
  ])

  private static let waitingEvents: Set<String> = [
    "NodeRuntime.waitingForDisconnect", "Runtime.executionContextDestroyed",
  ]

  private static let node = CDPFlavor(
    firstWords: [.enableNodeRuntime, .notifyWhenWaitingForDisconnect, .getIsolateID],
    remarks: [.enableNodeWorker],
    usage: .evaluate(.usage(.observer)),
    farewell: [.evaluate(.cleanUp)],
    capabilities: talkative,
    exitEvents: waitingEvents
  )

  /// A worker thread does not wait for anybody when it ends.
  private static let nodeWorker = CDPFlavor(
    firstWords: [.getIsolateID],
    usage: .evaluate(.usage(.observer)),
    farewell: [.evaluate(.cleanUp)],
    capabilities: talkative,
    exitEvents: waitingEvents
  )

  /// A Deno that comes to its natural end says so only to a session that has enabled `Runtime`,
  /// which keeps alive whatever the program prints: hence the tidying.
  ///
  /// Workers come as flat sessions; after `NodeWorker.enable` on the same session they would not.
  private static let deno = CDPFlavor(
    firstWords: [.enableRuntime, .getIsolateID],
    remarks: [.enableNodeRuntime, .notifyWhenWaitingForDisconnect, .setAutoAttach],
    usage: .evaluate(.usage(.profiler)),
    tidying: [.discardConsoleEntries],
    farewell: [.evaluate(.cleanUp)],
    capabilities: talkative,
    exitEvents: waitingEvents
  )

  private static let denoWorker = CDPFlavor(
    firstWords: [.getIsolateID],
    usage: .evaluate(.usage(.profiler)),
    farewell: [.evaluate(.cleanUp)],
    capabilities: talkative,
    exitEvents: waitingEvents
  )

  private static let browser = CDPFlavor(
    firstWords: [.setAutoAttach],
    // Else it does not say that a page went elsewhere.
    remarks: [.setDiscoverTargets],
    usage: .getHeapUsage,
    capabilities: [],
    takesTraces: true,
    absence: "the heaps of its pages and workers are listed beside it"
  )

  /// A page, a frame in a process of its own, or a worker of any kind.
  ///
  /// Each announces those below it.
  private static let page = CDPFlavor(
    firstWords: [.getIsolateID],
    remarks: [.setAutoAttach],
    usage: .getHeapUsage,
    capabilities: common.union(.collectionWindow),
    changesIsolate: true,
    isTraced: true
  )

  /// An idle worker collects on request only when it gets work; a sampler makes it collect at once.
  ///
  /// Its expressions need a context, so there is no canary and no series. `wrangler dev` turns
  /// `Debugger` and `Network` on for whoever connects.
  private static let workerd = CDPFlavor(
    firstWords: [.getIsolateID],
    remarks: [.disableDebugger, .disableNetwork],
    usage: .getHeapUsage,
    collection: [.startSampling(intervalBytes: SamplingDefaults.intervalBytes), .stopSampling],
    capabilities: common.subtracting([.comparisonByID, .allocationTimeline]),
    changesIsolate: true,
    outlivesSession: true
  )
}

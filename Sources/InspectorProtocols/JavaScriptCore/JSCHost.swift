internal import HeapModel

/// What is around a JavaScriptCore heap: it decides how the heap is asked.
enum JSCHost: Hashable, Sendable {
  /// A Bun program, on a connection of its own.
  case bun
  /// WebKit's connection to a page: it has no heap and carries those of the page and its workers.
  case browser
  case page
  case worker

  init(_ runtime: RuntimeKind, _ heap: HeapIntroduction?) {
    switch (runtime, heap?.kind) {
    case (.webKitGTK, nil): self = .browser
    case (_, "page"): self = .page
    case (_, "worker"): self = .worker
    default: self = .bun
    }
  }

  /// What can be asked where the heap domain is ours.
  var capabilities: Capabilities {
    switch self {
    case .browser: []
    case .bun:
      [
        .snapshot, .comparisonByID, .forcedCollection, .collectionEvents, .collectionWindow,
        .liveUsage,
      ]
    case .page:
      [.snapshot, .comparisonByID, .forcedCollection, .collectionEvents, .collectionWindow]
    // WebKit tells no size of a worker's heap, so there is no before and after.
    case .worker: [.snapshot, .comparisonByID]
    }
  }

  /// What is missing that others have, for people.
  var detail: String {
    switch self {
    case .bun, .browser: ""
    case .page: "WebKit has no sampling allocation profiler"
    case .worker: "WebKit tells no heap size of a worker, and has no sampling allocation profiler"
    }
  }
}

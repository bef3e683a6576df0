internal import HeapModel

/// The name of a leak, equal wherever the same path is found: over instances, builds and weeks, for
/// each engine.
struct Fingerprint {
  let text: String

  /// - Parameter finder: what finds leaks, with its version: a new version makes new leaks.
  init(finder: String, engine: HeapEngine, steps: [String]) {
    var draft = FingerprintDraft(finder: finder, engine: engine)
    for step in steps { draft.add(step) }
    text = draft.text
  }
}

/// A fingerprint of the steps so far: what begins alike need not be gone through again.
struct FingerprintDraft {
  private var hash = FNV1a128()

  init(finder: String, engine: HeapEngine) {
    add(finder)
    add(engine.name)
  }

  mutating func add(_ step: String) {
    hash.add(step.utf8)
    hash.add(CollectionOfOne(0))
  }

  var text: String { hash.hexadecimal }
}

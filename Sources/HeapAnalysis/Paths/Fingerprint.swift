internal import HeapModel

/// The name of a leak, equal wherever the same path is found: over instances, builds and weeks, for
/// each engine.
struct Fingerprint {
  let text: String

  /// - Parameter finder: what finds leaks, with its version: a new version makes new leaks.
  init(finder: String, engine: HeapEngine, steps: [String]) {
    var hash = FNV1a128()
    for part in [finder, engine.name] + steps {
      hash.add(part.utf8)
      hash.add(CollectionOfOne(0))
    }
    text = hash.hexadecimal
  }
}

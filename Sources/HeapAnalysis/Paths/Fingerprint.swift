internal import HeapModel

/// The name of a leak, equal wherever the same rule finds the same path: over instances, builds
/// and weeks, for each engine.
struct Fingerprint {
  let text: String

  /// - Parameter rule: the rule with its version; a new version is a new leak.
  init(rule: String, engine: HeapEngine, steps: [String]) {
    var hash = FNV1a128()
    for part in [rule, engine.name] + steps {
      hash.add(part.utf8)
      hash.add(CollectionOfOne(0))
    }
    text = hash.hexadecimal
  }
}

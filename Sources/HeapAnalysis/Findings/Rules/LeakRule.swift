/// Recognises one shape of leak: says why it is kept and what to do about it.
///
/// What grew, by how much and below which owner was found before, by `GrowthFinder`, and holds
/// whatever a rule says. A rule looks at the way to it and at what came with it, never at a whole
/// heap, so its cost does not grow with the heap.
protocol LeakRule: Sendable {
  /// The rule with its version, `event-emitter-listeners-1`.
  var name: String { get }

  /// Nil where the leak is not of this shape.
  func verdict(on leak: LeakPath) -> LeakVerdict?
}

/// What a rule says of a leak.
struct LeakVerdict: Hashable {
  /// A sentence that says why it is kept; empty where only growth is known.
  var cause: String
  /// What to do about it; empty where only growth is known.
  var remedy: String
  /// What in the snapshot shows it, as the end of a sentence.
  var evidence: String
  /// False where the shape alone does not prove a leak, however well it is held.
  var isProof = true
}

/// All rules, in the order in which they explain a leak: the first that knows its shape names it.
///
/// A library's own structures come first; then what registers, waits or runs, since it says what to
/// do; then what the objects are
/// made of; then the collection that holds them; growth alone is the last resort.
enum LeakRules {
  static let all: [any LeakRule] = [
    EffectCacheRule(), EffectBufferRule(), EffectLayerRule(), EffectRuntimeRule(),
    EffectScopeRule(), EffectFiberRule(), EventEmitterRule(), EventTargetRule(), HTTPAgentRule(),
    OpenSocketRule(), AsyncStoreRule(), TimerRule(), SuspendedCallRule(),
    PromiseRaceRule(), PendingPromiseRule(), StreamBufferRule(), FinalizationRegistryRule(),
    WeakMapRule(), DetachedWindowRule(), DetachedNodeRule(), SlicedStringRule(),
    ExternalMemoryRule(), DuplicatedStringRule(), ClosureChainRule(), LinkedListRule(),
    KeptFunctionRule(), ModuleCacheRule(), MapGrowthRule(), SetGrowthRule(), ArrayGrowthRule(),
    DictionaryGrowthRule(), GeneralGrowthRule(),
  ]

  static func explain(_ leak: LeakPath) -> (rule: String, verdict: LeakVerdict) {
    if leak.isExplicable {
      for rule in all {
        if let verdict = rule.verdict(on: leak) { return (rule.name, verdict) }
      }
    }
    let general = GeneralGrowthRule()
    return (general.name, general.verdict)
  }
}

/// Held values of a FinalizationRegistry whose targets stay alive.
///
/// The shape: old FinalizationRegistry → `WeakCell` chain → held values.
struct FinalizationRegistryRule: LeakRule {
  let name = "finalization-registry-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let anchor = leak.anchor, leak.engineName(anchor) == "FinalizationRegistry" else {
      return nil
    }
    return LeakVerdict(
      cause: "Each is the held value of a registration whose target is still alive.",
      remedy: "Let the targets go, or call unregister(); a held value should be a small key.",
      evidence: "they hang on the FinalizationRegistry's cells"
    )
  }
}

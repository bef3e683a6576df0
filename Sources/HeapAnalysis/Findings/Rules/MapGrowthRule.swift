/// Entries that are added to one Map and not deleted.
///
/// The shape: old Map → its table → new objects.
struct MapGrowthRule: LeakRule {
  let name = "map-growth-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard let anchor = leak.anchor, leak.steps[anchor].label == "Map" else { return nil }
    return LeakVerdict(
      cause: "Entries are added under new keys and not deleted.",
      remedy: "Delete them when they are done, or give the Map a limit or a time to live.",
      evidence: "they are entries of a Map"
    )
  }
}

/// Which Map or Set probably holds a leak, where the engine's snapshots do not tell and its inspector has
/// shown the first entries.
struct CollectionEstimate {
  /// `Map`, `Set`, or a class of the program's own.
  let className: String
  let objectID: UInt64
  /// The variable or property that it is in.
  let owner: String?
  let entryCount: UInt64

  /// - Parameter count: how many objects leaked: a collection of fewer entries does not hold all
  func text(forObjects count: Int) -> String {
    let holder = "the \(className) @\(objectID)" + (owner.map { " in '\($0)'" } ?? "")
    let entries = "\(Explanation.grouped(Int(clamping: entryCount))) entries"
    return entryCount >= UInt64(max(0, count))
      ? "probably by \(holder), of \(entries), the first of which are of this class (an estimate)"
      : "some of them probably by \(holder), of \(entries), the first of which are of this class"
        + " (an estimate)"
  }
}

/// Which Map or Set probably holds a leak, where the engine's snapshots do not tell and its inspector has
/// shown the first entries.
struct CollectionEstimate {
  /// `Map`, `Set`, or a class of the program's own.
  let className: String
  let objectID: UInt64
  /// The variable or property that it is in.
  let owner: String?
  let entryCount: UInt64
  /// Of the entries that were shown no other class had more.
  let isOfMost: Bool

  /// - Parameter count: how many objects leaked: a collection of fewer entries does not hold all.
  func text(forObjects count: Int) -> String {
    let holder = "the \(className) @\(objectID)" + (owner.map { " in '\($0)'" } ?? "")
    let entries = "\(Explanation.grouped(Int(clamping: entryCount))) entries"
    let some = isOfMost && entryCount >= UInt64(max(0, count)) ? "" : "some of them "
    let first = isOfMost ? "the first of which are" : "among the first of which are some"
    return "\(some)probably by \(holder), of \(entries), \(first) of this class (an estimate)"
  }
}

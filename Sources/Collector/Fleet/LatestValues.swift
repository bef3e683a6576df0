/// The last few values that were worked out, by what was asked.
struct LatestValues<Key: Hashable, Value> {
  private let maximumCount: Int
  private var values: [Key: Value] = [:]
  /// The one kept first comes first.
  private var order: [Key] = []

  init(maximumCount: Int) {
    self.maximumCount = maximumCount
  }

  subscript(key: Key) -> Value? { values[key] }

  /// Gives up the value that was kept first where there are too many.
  mutating func keep(_ value: Value, for key: Key) {
    if values.updateValue(value, forKey: key) == nil { order.append(key) }
    if order.count > maximumCount { values[order.removeFirst()] = nil }
  }
}

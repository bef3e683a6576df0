internal import HeapModel
internal import JSONStream

/// Reads what Bun shows of a Map or a Set, its size and its first five entries, and leaves of the
/// program's keys and values the names of their classes.
enum JSCCollectionPreview {
  private static let entryLimit = 100

  /// - Parameter classes: the numbers of class names in the snapshot; what else an object calls itself
  ///   may be data of the program, and is dropped.
  /// - Returns: nil for another object, and where no entry is of a class that is known
  static func read(
    _ payload: JSONValue,
    of object: UInt64,
    classes: [String: UInt32]
  ) -> CollectionPreview? {
    guard let preview = payload["preview"], let entryCount = preview.count("size"),
      entryCount <= UInt32.max,
      let kind = preview["subtype"]?.string, kind == "map" || kind == "set"
    else { return nil }
    var counts: [UInt32: UInt32] = [:]
    for entry in (preview["entries"]?.array ?? []).prefix(entryLimit) {
      for part in ["key", "value"] {
        if let name = entry[part].flatMap(className), let number = classes[name] {
          counts[number, default: 0] += 1
        }
      }
    }
    guard counts.isEmpty == false else { return nil }
    return CollectionPreview(
      objectID: object,
      entryCount: entryCount,
      classes: counts.sorted { $0.key < $1.key }.map { .init(name: $0.key, count: $0.value) }
    )
  }

  /// An object describes itself by its class, but for those whose subtype says that they have a text
  /// of their own.
  private static func className(of value: JSONValue) -> String? {
    switch (value["type"]?.string, value["subtype"]?.string) {
    case ("string", _): "string"
    case ("function", _): "Function"
    case ("object", nil), ("object", "array"), ("object", "map"), ("object", "set"),
      ("object", "weakmap"), ("object", "weakset"), ("object", "iterator"):
      value["description"]?.string
    default: nil
    }
  }
}

import HeapAnalysis
import HeapModel
import JSONStream
import SnapshotFormats
import TestSupport

/// What Firefox's own reader says of a snapshot.
struct FirefoxExpectation {
  struct Count: Hashable {
    var count: Int64
    var bytes: Int64
  }

  let root: UInt64
  let rootRetained: UInt64
  /// Retained sizes of what the root dominates at once, by id.
  let rootChildren: [UInt64: UInt64]
  let rootChildCount: Int
  let scripts: Count
  let strings: Count
  let objects: [String: Count]
  let domNodes: [String: Count]
  let others: [String: Count]

  init(ofFile path: String) throws {
    let json = try JSONValue(parsing: contents(ofFile: path))
    let census = try json.member("census")
    root = try UInt64(json.member("root").number)
    rootRetained = try UInt64(json.member("rootRetained").number)
    // The recorded exchange has the number of them, and only the largest.
    let children =
      try json["rootChildren"]?.array == nil
      ? json.member("topChildren") : json.member("rootChildren")
    var sizes: [UInt64: UInt64] = [:]
    for child in children.array ?? [] {
      let pair = child.array ?? []
      sizes[UInt64(pair[0].int ?? 0)] = UInt64(pair[1].int ?? 0)
    }
    rootChildren = sizes
    rootChildCount = try json.member("rootChildren").int.map(Int.init) ?? sizes.count
    scripts = try Count(census.member("scripts"))
    strings = try Count(census.member("strings"))
    objects = try Self.counts(census.member("objects"))
    domNodes = try Self.counts(census.member("domNode"))
    others = try Self.counts(census.member("other"))
  }

  private static func counts(_ json: JSONValue) throws -> [String: Count] {
    var counts: [String: Count] = [:]
    for member in json.object ?? [] {
      let count = Count(member.value)
      if count.count > 0 { counts[member.key.description] = count }
    }
    return counts
  }
}

extension FirefoxExpectation.Count {
  init(_ json: JSONValue) {
    count = json["count"]?.int ?? 0
    bytes = json["bytes"]?.int ?? 0
  }
}

extension JSONValue {
  struct Missing: Error {
    let name: String
  }

  func member(_ name: String) throws -> JSONValue {
    guard let value = self[name] else { throw Missing(name: name) }
    return value
  }

  var number: Int64 {
    get throws {
      guard let int else { throw Missing(name: "a number") }
      return int
    }
  }
}

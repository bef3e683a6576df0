/// What a name must look like: `Session`, `*Leak`, `{id, *}`.
///
/// `*` stands for any text, also none, and `?` for one byte of it; all else for itself.
package struct NamePattern: Hashable, Sendable, CustomStringConvertible {
  package let description: String
  private let pattern: [UInt8]

  package init(_ text: String) {
    description = text
    pattern = Array(text.utf8)
  }

  package func matches(_ name: String) -> Bool {
    var name = name
    return name.withUTF8 { matches($0) }
  }

  /// Goes back to the last star only, so that the time is at worst the product of the lengths.
  package func matches(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    var place = 0
    var index = 0
    var retry: (place: Int, index: Int)?
    while index < name.count {
      if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
        place += 1
        retry = (place, index)
      } else if place < pattern.count,
        pattern[place] == UInt8(ascii: "?") || pattern[place] == name[index]
      {
        place += 1
        index += 1
      } else if let (afterStar, taken) = retry {
        // The star takes one byte more.
        retry = (afterStar, taken + 1)
        (place, index) = (afterStar, taken + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}

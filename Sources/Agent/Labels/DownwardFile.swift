/// A file of Kubernetes' downward API that lists labels or annotations: `key="value"`, one a line.
///
/// The kubelet writes values as Go's `%q` does (`fieldpath.FormatMap`), so a value is between
/// quotes and its escapes are Go's. What is no such line is passed over: a file that was written
/// by something else must not keep an agent from its work.
package enum DownwardFile {
  /// Lines beyond this are not read; a pod has a few dozen labels.
  private static let lineLimit = 1_024

  package static func pairs(_ text: [UInt8]) -> [String: String] {
    var pairs: [String: String] = [:]
    for line in text.split(separator: UInt8(ascii: "\n")).prefix(lineLimit) {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")), equals > line.startIndex,
        let value = unquoted(line[line.index(after: equals)...])
      else { continue }
      pairs[String(decoding: line[..<equals], as: UTF8.self)] = value
    }
    return pairs
  }

  /// The text between Go's quotes; nil where it is none.
  static func unquoted(_ quoted: ArraySlice<UInt8>) -> String? {
    var rest = quoted
    guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""):
        return rest.allSatisfy { $0 == UInt8(ascii: "\r") }
          ? String(decoding: bytes, as: UTF8.self)
          : nil
      case UInt8(ascii: "\\"):
        guard let escaped = escaped(&rest) else { return nil }
        bytes += escaped
      default: bytes.append(byte)
      }
    }
    return nil
  }

  /// What stands for itself behind a backslash, and what stands for something else.
  private static let simple: [UInt8: UInt8] = [
    UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10,
    UInt8(ascii: "v"): 11, UInt8(ascii: "f"): 12, UInt8(ascii: "r"): 13,
    UInt8(ascii: "\\"): UInt8(ascii: "\\"), UInt8(ascii: "\""): UInt8(ascii: "\""),
    UInt8(ascii: "'"): UInt8(ascii: "'"),
  ]

  private static func escaped(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    guard let letter = rest.popFirst() else { return nil }
    if let byte = simple[letter] { return [byte] }
    switch letter {
    case UInt8(ascii: "x"): return number(&rest, digits: 2).map { [UInt8(truncatingIfNeeded: $0)] }
    case UInt8(ascii: "u"): return number(&rest, digits: 4).flatMap(scalar)
    case UInt8(ascii: "U"): return number(&rest, digits: 8).flatMap(scalar)
    default: return nil
    }
  }

  private static func number(_ rest: inout ArraySlice<UInt8>, digits: Int) -> UInt32? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.first != UInt8(ascii: "+") else { return nil }
    rest = rest.dropFirst(digits)
    return UInt32(String(decoding: text, as: UTF8.self), radix: 16)
  }

  private static func scalar(_ value: UInt32) -> [UInt8]? {
    Unicode.Scalar(value).map { Array(String(Character($0)).utf8) }
  }
}

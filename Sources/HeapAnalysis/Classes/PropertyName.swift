/// A property's name as DevTools writes it into the name of an interface.
struct PropertyName {
  /// WTF-8.
  let bytes: [UInt8]
  /// Length as JavaScript counts it.
  let utf16Count: Int

  private static let separators = Set(",'\"{}".utf8)

  /// The name itself, or as a JSON string where it contains one of `, ' " { }`.
  init(formatting name: UnsafeBufferPointer<UInt8>) {
    bytes = name.contains(where: Self.separators.contains) ? Self.quoted(name) : Array(name)
    // A character outside the first plane has four bytes and two units; others have one unit.
    utf16Count = bytes.reduce(0) { count, byte in
      byte & 0xC0 == 0x80 ? count : byte >= 0xF0 ? count + 2 : count + 1
    }
  }

  private static func quoted(_ name: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var result: [UInt8] = [UInt8(ascii: "\"")]
    var index = 0
    while index < name.count {
      let byte = name[index]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): result += [UInt8(ascii: "\\"), byte]
      case 8: result += Array("\\b".utf8)
      case 9: result += Array("\\t".utf8)
      case 10: result += Array("\\n".utf8)
      case 12: result += Array("\\f".utf8)
      case 13: result += Array("\\r".utf8)
      case 0..<0x20: result += escaped(UInt16(byte))
      case 0xED where index + 2 < name.count && name[index + 1] >= 0xA0:
        // A lone surrogate.
        let unit = 0xD000 | UInt16(name[index + 1] & 0x3F) << 6 | UInt16(name[index + 2] & 0x3F)
        result += escaped(unit)
        index += 2
      default: result.append(byte)
      }
      index += 1
    }
    return result + [UInt8(ascii: "\"")]
  }

  private static func escaped(_ unit: UInt16) -> [UInt8] {
    let digits = String(unit, radix: 16)
    return Array(("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8)
  }
}

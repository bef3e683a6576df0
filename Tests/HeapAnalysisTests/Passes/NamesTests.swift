@testable import HeapAnalysis
import HeapModel
import TestSupport
import Testing

struct NamesTests {
  private func weakMapName(_ text: String) -> WeakMapName? {
    Array(text.utf8).withUnsafeBufferPointer { WeakMapName($0) }
  }

  @Test func `a WeakMap's reference is recognised by its whole name`() {
    let rest = " / part of key (K @33749) -> value (V (x) @100825) pair in WeakMap (table @49369)"

    expect(weakMapName("6" + rest)?.tableID, equals: 49_369)
    #expect(weakMapName("6 / part of key ( @1) -> value ( @2) pair in WeakMap (table @3)") != nil)
    // A value's name may hold what looks like the middle.
    let nested = " / part of key (a @1) -> value (b) -> value (c @2) pair in WeakMap (table @3)"
    #expect(weakMapName("1" + nested) != nil)
  }

  @Test(
    arguments: [
      " / part of key (K @1) -> value (V @2) pair in WeakMap (table @3)",
      "6 / part of key (K @1) -> value (V @2) pair in WeakMap (table @%u)",
      "6 / part of key (K @1) -> value (V @2) pair in WeakMap (table @3) ",
      "6 / part of key (K @x) -> value (V @2) pair in WeakMap (table @3)",
      "6 / part of key (K @1) -> value (V @) pair in WeakMap (table @3)",
      "6 / part of key (K\n @1) -> value (V @2) pair in WeakMap (table @3)",
      "6 / part of key (K\u{2028} @1) -> value (V @2) pair in WeakMap (table @3)",
      "6 / part of key (K @1) pair in WeakMap (table @3)                          ",
    ]
  )
  func `what only looks like one is not`(name: String) {
    #expect(weakMapName(name) == nil)
  }

  @Test(
    arguments: [
      ("12", 12.0), ("  7x", 7), ("-3", -3), ("+4", 4), ("x1", nil), ("", nil), ("-", nil),
      ("0x1F", 0),
    ] as [(String, Double?)]
  )
  func `numbers are read as JavaScript reads them`(text: String, expected: Double?) {
    expect(Array(text.utf8).withUnsafeBufferPointer { leadingInteger($0) }, equals: expected)
  }

  @Test func `property names with separators are quoted as in JSON`() {
    func formatted(_ text: [UInt8]) -> (String, Int) {
      let name = text.withUnsafeBufferPointer { PropertyName(formatting: $0) }
      return (String(decoding: name.bytes, as: UTF8.self), name.utf16Count)
    }

    #expect(formatted(Array("plain".utf8)) == ("plain", 5))
    #expect(formatted(Array("q\"{\n".utf8)) == ("\"q\\\"{\\n\"", 8))
    // A lone surrogate in WTF-8.
    #expect(formatted([0x2C, 0xED, 0xA0, 0xBD]) == ("\",\\ud83d\"", 9))
    expect(formatted(Array("\u{1F600}".utf8)).1, equals: 2)
  }
}

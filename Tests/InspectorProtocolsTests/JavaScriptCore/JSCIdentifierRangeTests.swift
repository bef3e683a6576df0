@testable import InspectorProtocols
import TestSupport
import Testing

struct JSCIdentifierRangeTests {
  @Test func `finds the range wherever the text is cut`() {
    let text = Array(
      #"{"nod":1,"version":3,"nodes":[0,0,0,0,71,1,9999,0,5,999,2,1],"edges":[1,1,1,1]}"#.utf8
    )
    for cut in 0...text.count {
      var range = JSCIdentifierRange()
      range.consume(Array(text[..<cut]))
      range.consume(Array(text[cut...]))
      expect(range.smallest, equals: 5)
      expect(range.largest, equals: 71)
    }
  }

  @Test func `numbers beyond 64 bits and missing arrays do not trap`() {
    var range = JSCIdentifierRange()
    range.consume(Array((#"""nodes":["# + String(repeating: "9", count: 500) + ",x,-,{]").utf8))
    var empty = JSCIdentifierRange()
    empty.consume(Array(#""nodes":[]"#.utf8))
    expect(empty.largest, equals: 0)
  }
}

import HeapModel
import JSONStream
import ProfileFormats
import TestSupport
import Testing

struct HeapProfileTextTests {
  @Test func `the tree is nested, with lines from zero`() throws {
    let text = try JSONValue(parsing: smallProfile.encoded(as: .heapprofile, name: "checkout"))

    let head = try #require(text["head"])
    expect(head["callFrame"]?["functionName"]?.string, equals: "(root)")
    expect(head["callFrame"]?["lineNumber"]?.int, equals: -1)
    expect(head["id"]?.int, equals: 1)
    let handle = try #require(head["children"]?[0]?["children"]?[0])
    expect(handle["callFrame"]?["functionName"]?.string, equals: "handle \"x\"")
    expect(handle["callFrame"]?["url"]?.string, equals: "file:///app/sessions.js")
    expect(handle["callFrame"]?["lineNumber"]?.int, equals: 11)
    expect(handle["callFrame"]?["columnNumber"]?.int, equals: 4)
    expect(handle["selfSize"]?.int, equals: 300)
    expect(text["samples"]?.array?.isEmpty, equals: true)
  }

  @Test func `sizes add up to the whole`() throws {
    let text = try JSONValue(parsing: smallProfile.encoded(as: .heapprofile, name: "checkout"))
    var total: Int64 = 0
    var open = [try #require(text["head"])]
    while let node = open.popLast() {
      total += node["selfSize"]?.int ?? 0
      open += node["children"]?.array ?? []
    }
    expect(UInt64(total), equals: smallProfile.totalSize)
  }

  @Test func `a deep tree needs no deep stack`() throws {
    let bytes = try deepProfile(depth: 100_000).encoded(as: .heapprofile, name: "deep")
    expect(bytes.count { $0 == UInt8(ascii: "[") }, equals: 100_002)
  }

  @Test func `a profile without nodes is a root alone`() throws {
    var empty = smallProfile
    empty.nodes = []
    let text = try JSONValue(parsing: empty.encoded(as: .heapprofile, name: ""))
    expect(text["head"]?["selfSize"]?.int, equals: 0)
    expect(text["head"]?["children"]?.array?.isEmpty, equals: true)
  }
}

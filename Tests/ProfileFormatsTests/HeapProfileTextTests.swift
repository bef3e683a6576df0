import HeapModel
import JSONStream
import ProfileFormats
import Testing

struct HeapProfileTextTests {
  @Test func `the tree is nested, with lines from zero`() throws {
    let text = try JSONValue(parsing: smallProfile.encoded(as: .heapprofile, name: "checkout"))

    let head = try #require(text["head"])
    #expect(head["callFrame"]?["functionName"]?.string == "(root)")
    #expect(head["callFrame"]?["lineNumber"]?.int == -1)
    #expect(head["id"]?.int == 1)
    let handle = try #require(head["children"]?[0]?["children"]?[0])
    #expect(handle["callFrame"]?["functionName"]?.string == "handle \"x\"")
    #expect(handle["callFrame"]?["url"]?.string == "file:///app/sessions.js")
    #expect(handle["callFrame"]?["lineNumber"]?.int == 11)
    #expect(handle["callFrame"]?["columnNumber"]?.int == 4)
    #expect(handle["selfSize"]?.int == 300)
    #expect(text["samples"]?.array?.isEmpty == true)
  }

  @Test func `sizes add up to the whole`() throws {
    let text = try JSONValue(parsing: smallProfile.encoded(as: .heapprofile, name: "checkout"))
    var total: Int64 = 0
    var open = [try #require(text["head"])]
    while let node = open.popLast() {
      total += node["selfSize"]?.int ?? 0
      open += node["children"]?.array ?? []
    }
    #expect(UInt64(total) == smallProfile.totalSize)
  }

  @Test func `a deep tree needs no deep stack`() throws {
    let bytes = try deepProfile(depth: 100_000).encoded(as: .heapprofile, name: "deep")
    #expect(bytes.count { $0 == UInt8(ascii: "[") } == 100_002)
  }

  @Test func `a profile without nodes is a root alone`() throws {
    var empty = smallProfile
    empty.nodes = []
    let text = try JSONValue(parsing: empty.encoded(as: .heapprofile, name: ""))
    #expect(text["head"]?["selfSize"]?.int == 0)
    #expect(text["head"]?["children"]?.array?.isEmpty == true)
  }
}

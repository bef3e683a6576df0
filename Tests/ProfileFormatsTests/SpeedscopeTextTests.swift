import HeapModel
import JSONStream
import ProfileFormats
import Testing

/// What speedscope's `file-format-spec.ts` demands of a sampled profile.
struct SpeedscopeTextTests {
  @Test func `stacks go from the outermost frame, each with its weight`() throws {
    let text = try JSONValue(parsing: smallProfile.encoded(as: .speedscope, name: "checkout"))

    #expect(text["$schema"]?.string == "https://www.speedscope.app/file-format-schema.json")
    #expect(text["name"]?.string == "checkout")
    let profile = try #require(text["profiles"]?[0])
    #expect(profile["type"]?.string == "sampled")
    #expect(profile["unit"]?.string == "bytes")
    let samples = try #require(profile["samples"]?.array)
    #expect(samples.map { $0.array?.compactMap(\.int) } == [[1, 2], [1, 2, 3], [4]])
    #expect(profile["weights"]?.array?.compactMap(\.int) == [300, 50, 7])
    #expect(profile["startValue"]?.int == 0)
    #expect(profile["endValue"]?.int == 357)
    #expect(text["activeProfileIndex"]?.int == 0)
  }

  @Test func `frames have names and places from one`() throws {
    let text = try JSONValue(parsing: smallProfile.encoded(as: .speedscope, name: "checkout"))

    let frames = try #require(text["shared"]?["frames"]?.array)
    #expect(frames.count == smallProfile.frames.count)
    #expect(frames[2]["line"]?.int == 12)
    #expect(frames[2]["col"]?.int == 5)
    #expect(frames[3]["name"]?.string == "(anonymous:L#21:C#9)")
    #expect(frames[4]["file"] == nil)
  }

  @Test func `every index of a stack is a frame, whatever the profile says`() throws {
    var broken = smallProfile
    broken.nodes[2].frame = 99
    broken.nodes[3].parent = 4
    let text = try JSONValue(parsing: broken.encoded(as: .speedscope, name: "broken"))

    let samples = try #require(text["profiles"]?[0]?["samples"]?.array)
    #expect(samples.map { $0.array?.compactMap(\.int) } == [[1], [3], [4]])
  }
}

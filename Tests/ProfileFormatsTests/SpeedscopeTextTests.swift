import HeapModel
import JSONStream
import ProfileFormats
import TestSupport
import Testing

/// What speedscope's `file-format-spec.ts` demands of a sampled profile.
struct SpeedscopeTextTests {
  @Test func `stacks go from the outermost frame, each with its weight`() throws {
    let text = try JSONValue(parsing: smallProfile.encoded(as: .speedscope, name: "checkout"))

    expect(text["$schema"]?.string, equals: "https://www.speedscope.app/file-format-schema.json")
    expect(text["name"]?.string, equals: "checkout")
    let profile = try #require(text["profiles"]?[0])
    expect(profile["type"]?.string, equals: "sampled")
    expect(profile["unit"]?.string, equals: "bytes")
    let samples = try #require(profile["samples"]?.array)
    expect(samples.map { $0.array?.compactMap(\.int) }, equals: [[1, 2], [1, 2, 3], [4]])
    expect(profile["weights"]?.array?.compactMap(\.int), equals: [300, 50, 7])
    expect(profile["startValue"]?.int, equals: 0)
    expect(profile["endValue"]?.int, equals: 357)
    expect(text["activeProfileIndex"]?.int, equals: 0)
  }

  @Test func `frames have names and places from one`() throws {
    let text = try JSONValue(parsing: smallProfile.encoded(as: .speedscope, name: "checkout"))

    let frames = try #require(text["shared"]?["frames"]?.array)
    expect(frames.count, equals: smallProfile.frames.count)
    expect(frames[2]["line"]?.int, equals: 12)
    expect(frames[2]["col"]?.int, equals: 5)
    expect(frames[3]["name"]?.string, equals: "(anonymous:L#21:C#9)")
    #expect(frames[4]["file"] == nil)
  }

  @Test func `every index of a stack is a frame, whatever the profile says`() throws {
    var broken = smallProfile
    broken.nodes[2].frame = 99
    broken.nodes[3].parent = 4
    let text = try JSONValue(parsing: broken.encoded(as: .speedscope, name: "broken"))

    let samples = try #require(text["profiles"]?[0]?["samples"]?.array)
    expect(samples.map { $0.array?.compactMap(\.int) }, equals: [[1], [3], [4]])
  }
}

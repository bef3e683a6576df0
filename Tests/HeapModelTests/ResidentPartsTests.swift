import HeapModel
import TestSupport
import Testing

struct ResidentPartsTests {
  private func usage(
    used: UInt64 = 40,
    total: UInt64 = 70,
    external: UInt64? = 25,
    arrayBuffers: UInt64? = 20,
    resident: UInt64? = 200,
    time: UnixNanoseconds = 1,
    spaces: [HeapSpace] = []
  ) -> HeapUsage {
    HeapUsage(
      time: time,
      used: used,
      total: total,
      external: external,
      arrayBuffers: arrayBuffers,
      residentSize: resident,
      spaces: spaces
    )
  }

  private let spaces = [
    HeapSpace(name: "old_space", used: 30, size: 50),
    HeapSpace(name: "code_space", used: 6, size: 10),
    HeapSpace(name: "code_large_object_space", used: 4, size: 10),
  ]

  private func texts(_ parts: ResidentParts) -> [String] {
    parts.parts.map { "\($0.kind.rawValue) \($0.byteCount)" }
  }

  @Test func `parts and remainder add up to what is resident`() throws {
    let parts = try #require(ResidentParts([usage(spaces: spaces)], engine: .v8))

    expect(
      texts(parts),
      equals: ["liveHeap 30", "code 10", "freeHeap 30", "arrayBuffers 20", "otherExternal 5"]
    )
    expect(parts.remainder, equals: 105)
    expect(parts.untold, equals: [.stacks])
  }

  @Test func `a worker's heap is part of its process, which is counted once`() throws {
    let worker = usage(used: 10, total: 20, resident: 230, time: 2, spaces: spaces)
    let parts = try #require(ResidentParts([usage(spaces: spaces), worker], engine: .v8))

    expect(parts.residentSize, equals: 230)
    expect(texts(parts).prefix(3), equals: ["liveHeap 30", "code 20", "freeHeap 40"])
    let sum = parts.parts.reduce(Int64(0)) { $0 + Int64($1.byteCount) }
    expect(sum + parts.remainder, equals: 230)
  }

  @Test func `what JavaScriptCore counts twice is counted once`() throws {
    let one = usage(used: 60, total: 50)
    let parts = try #require(ResidentParts([one], engine: .javaScriptCore))

    expect(
      texts(parts),
      equals: ["liveHeap 35", "freeHeap 15", "arrayBuffers 20", "otherExternal 5"]
    )
    expect(parts.untold, equals: [.code, .stacks])
  }

  @Test func `what is not told is said, and what is not resident is negative`() throws {
    let bare = usage(external: nil, arrayBuffers: nil, resident: 50)
    let parts = try #require(ResidentParts([bare], engine: .v8))

    expect(texts(parts), equals: ["liveHeap 40", "freeHeap 30"])
    expect(parts.remainder, equals: -20)
    expect(parts.untold, equals: [.code, .arrayBuffers, .otherExternal, .stacks])
    let none = ResidentParts([usage(resident: nil)], engine: .v8)
    #expect(none == nil)
  }

  @Test func `sizes that no process has do not overflow`() throws {
    let huge = usage(used: .max, total: .max, external: .max, arrayBuffers: 1, resident: 1)
    let parts = try #require(ResidentParts([huge, huge], engine: .v8))

    #expect(parts.remainder < 0)
  }
}

internal import FleetProtocol
internal import HeapModel
internal import TestSupport
internal import Testing

@Suite struct ProfilePartsTests {
  @Test func `a large profile goes in parts and comes back whole`() throws {
    let profile = chain(frames: 3_000, nodes: 40_000)

    let parts = profile.parts(maximumSize: 100_000)
    var assembler = ProfileAssembler()
    for part in parts {
      let bytes = part.encoded()
      #expect(bytes.count <= 100_000)
      try assembler.append(ProfilePart(decoding: bytes))
    }

    #expect(parts.count > 3)
    try expect(assembler.finish(), equals: profile)
  }

  @Test func `a small profile is one part`() throws {
    let parts = chain(frames: 2, nodes: 10).parts()

    expect(parts.count, equals: 1)
  }

  @Test func `an empty profile is one part too`() throws {
    let profile = chain(frames: 0, nodes: 0)
    var assembler = ProfileAssembler()
    for part in profile.parts() { try assembler.append(part) }

    try expect(assembler.finish(), equals: profile)
  }

  @Test func `a node whose frame never came is malformed`() throws {
    var profile = chain(frames: 2, nodes: 3)
    profile.nodes[2].frame = 2

    #expect(throws: FleetError.self) { try assembled(profile) }
  }

  @Test(arguments: [UInt32(1), 2, .max])
  func `a node before its parent is malformed`(parent: UInt32) throws {
    var profile = chain(frames: 1, nodes: 2)
    profile.nodes[1].parent = parent

    #expect(throws: FleetError.self) { try assembled(profile) }
  }

  @Test func `no part is no profile`() {
    #expect(throws: FleetError.self) { try ProfileAssembler().finish() }
  }

  @Test func `parts together keep the maxima of one profile`() throws {
    let part = ProfilePart(
      frames: chain(frames: 60_000, nodes: 0).frames,
      nodes: [],
      intervalBytes: 1,
      startedAt: 0,
      endedAt: 0
    )
    var assembler = ProfileAssembler()
    try assembler.append(part)

    #expect(throws: FleetError.self) { try assembler.append(part) }
  }

  private func assembled(_ profile: SamplingProfile) throws -> SamplingProfile {
    var assembler = ProfileAssembler()
    for part in profile.parts() { try assembler.append(part) }
    return try assembler.finish()
  }

  private func chain(frames: Int, nodes: Int) -> SamplingProfile {
    SamplingProfile(
      frames: (0..<frames).map {
        .init(
          function: "function\($0)",
          url: "file:///app.js",
          scriptID: "\($0)",
          line: Int32($0) - 1,
          column: -1
        )
      },
      nodes: (0..<nodes).map {
        .init(
          frame: UInt32($0 % max(frames, 1)),
          parent: UInt32(max($0 - 1, 0)),
          selfSize: .max >> UInt64($0 % 60),
          count: 1
        )
      },
      intervalBytes: 131_072,
      startedAt: 1,
      endedAt: 2,
      measure: .allocated
    )
  }
}

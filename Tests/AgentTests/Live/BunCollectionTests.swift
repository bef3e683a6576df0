import FleetProtocol
import Foundation
import HeapModel
import TestSupport
import Testing

/// What Bun's snapshots leave out, and its inspector shows.
struct BunCollectionTests {
  private static let script = """
    class Session { constructor(i) { this.name = 'secret ' + i } }
    class Tag { constructor(i) { this.number = i } }
    class Registry extends Map {}
    globalThis.sessions = new Registry(Array.from({ length: 10000 }, (_, i) => ['key ' + i, new Session(i)]))
    globalThis.tags = new Set(Array.from({ length: 10000 }, (_, i) => new Tag(i)))
    globalThis.numbers = new Map(Array.from({ length: 5000 }, (_, i) => [i, i]))
    globalThis.small = new Map([[1, new Tag(1)]])
    process.on('SIGUSR2', () => { sessions.clear(); tags.clear(); console.log('DROPPED') })
    process.on('SIGTERM', () => process.exit(0))
    setInterval(() => {}, 1000)
    console.log('READY')
    """

  @Test(.enabled(if: Runtimes.bun != nil), .timeLimit(.minutes(3)))
  func `a snapshot tells of large Maps and Sets of which classes their first entries are`()
    async throws
  {
    let mark = "test-" + UUID().uuidString
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      try #require(Runtimes.bun),
      .bun,
      script: Self.script,
      mark: mark
    )
    #expect(try await program.wrote("READY"))
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let target = try #require(try await eventually { collector.target(program.processID) })

    let heap = try await collector.snapshot(1, of: target)
    let told = heap.collections.map { collection in
      let classes = collection.classes.map { "\(heap.names[Int($0.name)]) \($0.count)" }
      let owner = heap.names[Int(heap.nodeName[Int(collection.node)])]
      return "\(owner) of \(collection.entryCount): \(classes.sorted().joined(separator: ", "))"
    }
    #expect(told.contains("Set of 10000: Tag 5"), "\(told)")
    let registry =
      told.contains("Map of 10000: Session 5, string 5")
      || told.contains("Registry of 10000: Session 5, string 5")
    #expect(registry, "\(told)")
    // Nothing but numbers in one, and hardly anything in the other.
    #expect(told.allSatisfy { $0.contains("of 5000") == false && $0.contains("of 1:") == false })

    // Whatever was shown is not kept for it.
    program.signal(SIGUSR2)
    #expect(try await program.wrote("DROPPED"))
    let later = try await collector.snapshot(2, of: target)
    #expect(later.count(of: "Session") < 100 && later.count(of: "Tag") < 100)
    program.signal(SIGTERM)
    let end = try #require(try await program.timeToEnd(within: .seconds(5)))
    #expect(end < .milliseconds(250), "took \(end)")
    try await agent.stop()
    await collector.stop()
  }
}

import Agent
import FleetProtocol
import Foundation
import HeapModel
import TestSupport
import Testing

/// Workers inside a program: what can be asked of the program can be asked of each.
@Suite(.serialized, .timeLimit(.minutes(5))) struct WorkerTests {
  private let mark = "test-\(UUID().uuidString)"

  private static let runtimes =
    [Runtimes.nodes.last, Runtimes.nodes.first].compactMap { $0 }.map { ($0, RuntimeKind.node) }
    + [Runtimes.deno].compactMap { $0 }.map { ($0, .deno) }

  /// Keeps objects of a class, and allocates all the time by a function; both are the worker's alone.
  private static let worker = """
    class HeldByWorker { constructor(i) { this.name = 'held ' + i } }
    globalThis.held = Array.from({ length: 3000 }, (_, i) => new HeldByWorker(i));
    const ring = [];
    let turn = 0;
    setInterval(function plantedInWorker() {
      ring[turn++ % 20] = Array.from({ length: 1000 }, (_, i) => ({ i }));
    }, 20);
    """

  /// A server with one worker, which lives until the program ends.
  private static func program(_ runtime: RuntimeKind) -> String {
    let start =
      runtime == .deno
      ? "new Worker('data:text/javascript,' + encodeURIComponent(code), { type: 'module' });"
      : "new (await import('node:worker_threads')).Worker(code, { eval: true });"
    return LiveProgram.server() + "\nconst code = `\(worker)`;\n" + start
  }

  @Test(arguments: runtimes)
  func `a worker is sampled, collected, recorded and captured by itself`(
    _ executable: String,
    _ runtime: RuntimeKind
  ) async throws {
    let collector = try ScriptedCollector()
    let program = try LiveProgram(
      executable,
      runtime,
      script: Self.program(runtime),
      mark: mark
    )
    let agent = try await LiveAgent(collector: collector.address, mark: mark)
    let found = try await eventually {
      collector.targets.first { target in
        target.processID == program.processID && target.state == .attached
          && target.labels.instance.contains("/worker ")
      }
    }
    let worker = try #require(found, "\(collector.targets) \(agent.log) \(program.log)")
    let main = try #require(collector.target(program.processID))
    #expect(main.id != worker.id)
    #expect(
      worker.capabilities.contains([
        .snapshot, .sampling, .forcedCollection, .allocationTimeline, .collectionEvents,
      ])
    )
    let usage = try await eventually { collector.readings(of: worker.id).last }
    #expect((usage?.used ?? 0) > 1 << 20)

    try await collect(worker, collector)
    let profile = try await sample(worker, collector)
    #expect(profile.frames.contains { $0.function == "plantedInWorker" }, "\(profile.frames)")

    let heap = try await collector.snapshot(3, of: worker)
    #expect((3_000...3_010).contains(held(in: heap)), "\(held(in: heap))")
    let other = try await collector.snapshot(4, of: main)
    expect(held(in: other), equals: 0)
    #expect(other.count(of: "Held") >= 1_000)

    let recorded = try await collector.snapshot(5, of: worker, timelineMilliseconds: 1_000)
    let recording = try #require(recorded.allocations)
    #expect(
      recording.functions.contains { recorded.names[Int($0.name)] == "plantedInWorker" }
    )

    program.signal(SIGTERM)
    let end = try #require(try await program.timeToEnd(within: .seconds(5)))
    #expect(end < .milliseconds(250), "took \(end)")
    try await agent.stop()
    await collector.stop()
  }

  private func held(in heap: HeapGraph) -> Int { heap.count(of: "HeldByWorker") }

  private func collect(_ worker: TargetDescription, _ collector: ScriptedCollector) async throws {
    let id = hexadecimalID(1)
    collector.send(
      Command(
        id: id,
        targetID: worker.id,
        deadline: .max,
        action: .collectGarbage(CollectGarbage())
      )
    )
    let update = try #require(try await eventually { collector.finalUpdate(of: id) })
    expect(update.state, equals: .done, "\(update)")
    let effect = try #require(update.collection)
    #expect(effect.usedAfter < effect.usedBefore, "\(effect)")
  }

  private func sample(
    _ worker: TargetDescription,
    _ collector: ScriptedCollector
  ) async throws -> SamplingProfile {
    let (id, upload) = (hexadecimalID(2), hexadecimalID(1_002))
    collector.send(
      Command(
        id: id,
        targetID: worker.id,
        deadline: .max,
        action: .sample(
          Sample(uploadID: upload, durationMilliseconds: 1_500, intervalBytes: 16_384)
        )
      )
    )
    let update = try #require(try await eventually { collector.finalUpdate(of: id) })
    expect(update.state, equals: .done, "\(update)")
    return try #require(try await eventually { try? collector.profile(upload) })
  }
}

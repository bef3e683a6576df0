import Foundation
import HeapAnalysis
import TestSupport
import Testing

/// Recordings that a real Node makes of itself.
struct LiveTimelineTests {
  private static let program = """
    import { Session } from 'node:inspector';
    import fs from 'node:fs';
    const session = new Session();
    session.connect();
    session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
    class Kept { constructor(i) { this.i = i; } }
    const kept = [];
    function keepSome() { for (let i = 0; i < 500; i++) kept.push(new Kept(i)); }
    keepSome();
    setTimeout(() => {
      keepSome();
      const file = fs.openSync(process.argv[2], 'w');
      session.on('HeapProfiler.addHeapSnapshotChunk', (m) => fs.writeSync(file, m.params.chunk));
      session.post('HeapProfiler.stopTrackingHeapObjects', {}, () => fs.closeSync(file));
    }, 120);
    """

  @Test(.enabled(if: Runtimes.nodes.isEmpty == false), .timeLimit(.minutes(1)))
  func `the function that kept the objects is found with their class and time`() throws {
    let node = try #require(Runtimes.nodes.last)
    let folder = TemporaryFolder()
    try folder.write("program.mjs", Array(Self.program.utf8))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: node)
    // V8 loses the stacks of objects that a collection moves (docs/analysis.md), which a busy
    // machine has it do now and then.
    process.arguments = [
      "--no-compact", folder.file("program.mjs"), folder.file("heap.heapsnapshot"),
    ]
    try process.run()
    process.waitUntilExit()
    let heap = try HeapAnalyzer.analyze(graph(ofFile: folder.file("heap.heapsnapshot")))

    let profile = try #require(AllocationProfile(heap))
    let keepers = profile.functions.filter { $0.frame.name == "keepSome" }
    expect(keepers.count, equals: 1)
    expect(keepers.first?.frame.script.hasSuffix("program.mjs"), equals: true)
    expect(keepers.first?.frame.line, equals: 8)
    let stacks = profile.stacks.filter { $0.frames.first?.name == "keepSome" }
    // Called by the module, and by the timer.
    expect(stacks.count, equals: 2)
    for stack in stacks {
      expect(stack.classes.first { $0.owner == "Kept" }?.live.count, equals: 500)
    }
    let kept = try #require(profile.classes.first { $0.name == "Kept" })
    expect(kept.live.count, equals: 1_000)
    #expect(profile.buckets.count >= 2)
    expect(
      profile.buckets.map(\.microseconds),
      equals: profile.buckets.map(\.microseconds).sorted()
    )
  }
}

import Foundation
import HeapModel
import InspectorProtocols
import Testing
import TestSupport

/// Against real runtimes; each test runs with every one that is here.
@Suite(.serialized) struct LiveSessionTests {
  private func usage(_ session: LiveSession) async throws -> UsageReading {
    let action = try await session.request(.usage)
    guard case .usage(_, let reading) = action else { throw Unexpected(action) }
    return reading
  }

  struct Unexpected: Error {
    let action: SessionAction
    init(_ action: SessionAction) { self.action = action }
  }

  @Test(arguments: LiveRuntime.all)
  func `usage is what the program itself knows`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start()
    let session = try await LiveSession(to: program)
    let ours = try await usage(session).usage
    let theirs = try JSONSerialization.jsonObject(with: Data(try await program.ask("usage").utf8))
    let heap = try #require((theirs as? [String: [String: Double]])?["heap"])
    let used = try #require(heap["used_heap_size"])
    #expect(abs(Double(ours.used) - used) < 0.01 * used, "\(ours.used) \(used)")
    #expect(ours.total > 0)
    if runtime.kind == .node {
      #expect(ours.limit.map { Double($0) } == heap["heap_size_limit"])
      #expect(ours.spaces.contains { $0.name == "old_space" && $0.used > 0 })
    }
  }

  @Test(arguments: LiveRuntime.all)
  func `a collection lowers what is used`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start(objects: 1_000_000)
    let session = try await LiveSession(to: program)
    try await session.request(.collectGarbage)
    _ = try await program.ask("drop")
    let action = try await session.request(.collectGarbage)
    guard case .collected(_, let report) = action else { throw Unexpected(action) }
    #expect(report.after.used + (10 << 20) < report.before.used, "\(report)")
    #expect(report.pauseNanoseconds > 0)

    let activity = try await usage(session).collections
    if runtime.kind == .bun {
      let major = try #require(activity.first { $0.kind == .major })
      #expect(major.forcedCount > 0)
    }
  }

  @Test(arguments: LiveRuntime.all)
  func `a snapshot arrives whole`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start(objects: 20_000)
    let session = try await LiveSession(to: program)
    let action = try await session.request(.snapshot(inSeries: false))
    guard case .snapshotEnded(_, let report) = action else { throw Unexpected(action) }
    let text = session.takeSnapshotText()
    #expect(report.byteCount == UInt64(text.count))
    #expect(report.identity.epoch.isEmpty)
    let value = try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
    let nodes = try #require(value?["nodes"] as? [Any])
    #expect(nodes.count > 4 * 20_000)
    print("\(runtime.name): \(text.count) bytes, pause \(report.pauseNanoseconds / 1_000_000) ms")
  }
}

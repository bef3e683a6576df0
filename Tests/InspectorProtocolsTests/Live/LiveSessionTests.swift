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
    // A Deno that is asked for the first time loads what it answers with.
    let tolerance = runtime.kind == .deno ? 0.05 : 0.01
    #expect(abs(Double(ours.used) - used) < tolerance * used, "\(ours.used) \(used)")
    #expect(ours.total > 0)
    if runtime.kind != .bun {
      expect(ours.limit.map { Double($0) }, equals: heap["heap_size_limit"])
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

  /// Node tells pauses in milliseconds, Deno in nanoseconds: a full collection of a heap like this
  /// takes some milliseconds of either.
  @Test(arguments: LiveRuntime.v8s)
  func `collections are counted, with pauses in one unit`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start(objects: 100_000)
    let session = try await LiveSession(to: program)
    _ = try await usage(session)
    try await session.request(.collectGarbage)
    // An observer hears of it in the next turn of the event loop.
    try await Task.sleep(for: .milliseconds(100))
    let activity = try await usage(session).collections
    let major = try #require(activity.first { $0.kind == .major })
    #expect(major.count > 0)
    #expect((100_000...2_000_000_000).contains(major.pauseNanoseconds / UInt64(major.count)))
    #expect(major.longestPauseNanoseconds <= major.pauseNanoseconds)
    #expect((major.usedAfter ?? 0) > 1 << 20)
  }

  @Test(arguments: LiveRuntime.all)
  func `a snapshot arrives whole`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start(objects: 20_000)
    let session = try await LiveSession(to: program)
    let action = try await session.request(.snapshot(inSeries: false))
    guard case .snapshotEnded(_, let report) = action else { throw Unexpected(action) }
    let text = session.takeSnapshotText()
    expect(report.byteCount, equals: UInt64(text.count))
    #expect(report.identity.epoch.isEmpty)
    let value = try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any]
    let nodes = try #require(value?["nodes"] as? [Any])
    #expect(nodes.count > 4 * 20_000)
  }

  @Test(arguments: LiveRuntime.v8s)
  func `the planted allocator is the top site of a window`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start()
    let session = try await LiveSession(to: program)
    #expect(try await session.request(.startSampling(intervalBytes: 8 << 10)).isSamplingStarted)
    for _ in 0..<5 { _ = try await program.ask("churn") }
    let action = try await session.request(.stopSampling)
    guard case .profile(_, let profile) = action else { throw Unexpected(action) }

    let top = try #require(profile.nodes.max { $0.selfSize < $1.selfSize })
    expect(profile.frames[Int(top.frame)].function, equals: "plantedAllocator")
    #expect(top.count > 10)
    expect(profile.intervalBytes, equals: 8 << 10)
    for (index, node) in profile.nodes.enumerated().dropFirst() { #expect(node.parent < index) }
  }

  @Test(arguments: LiveRuntime.v8s)
  func `another client's sampler serves our window too, and lives on`(
    runtime: LiveRuntime
  ) async throws {
    let program = try await runtime.start()
    let other = try await LiveSession(to: program)
    try await other.request(.startSampling(intervalBytes: 8 << 10))
    for _ in 0..<3 { _ = try await program.ask("churn") }

    let session = try await LiveSession(to: program)
    try await session.request(.startSampling(intervalBytes: 8 << 10))
    _ = try await program.ask("churn")
    let action = try await session.request(.stopSampling)
    guard case .profile(_, let ours) = action else { throw Unexpected(action) }
    let theirAction = try await other.request(.stopSampling)
    guard case .profile(_, let theirs) = theirAction else { throw Unexpected(theirAction) }
    expect(ours.intervalBytes, equals: 0)
    #expect(ours.totalSize > 0)
    #expect(ours.totalSize * 2 < theirs.totalSize, "\(ours.totalSize) \(theirs.totalSize)")
  }

  @Test(arguments: LiveRuntime.v8s)
  func `a sampler that another client stops is reported, not made up`(
    runtime: LiveRuntime
  ) async throws {
    let program = try await runtime.start()
    let session = try await LiveSession(to: program)
    try await session.request(.startSampling(intervalBytes: 8 << 10))
    let other = try await LiveSession(to: program)
    // Its `HeapProfiler.disable` leaves our sampler alone, its `stopSampling` does not.
    try await other.raw("HeapProfiler.startSampling")
    try await other.raw("HeapProfiler.stopSampling")
    let action = try await session.request(.stopSampling)
    guard case .failed(_, let failure) = action else { throw Unexpected(action) }
    expect(failure.code, equals: .interrupted)
  }

  @Test(arguments: LiveRuntime.all)
  func `what the program printed is let go of when we leave`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start()
    let session = try await LiveSession(to: program)
    _ = try await usage(session)
    _ = try await program.ask("print")
    _ = try await usage(session)
    // The inspector itself keeps what is printed, whether a client asks for it or not; of Deno's,
    // every reading discards it.
    let isKept = runtime.kind != .deno
    try await expect((program.ask("alive") != "0"), equals: isKept)
    try await expect(session.request(.detach), equals: .letGo(.detached))
    try await expect(program.ask("alive"), equals: "0")
  }

  @Test(arguments: LiveRuntime.all)
  func `nothing of ours stays in the program when we leave`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start()
    let session = try await LiveSession(to: program)
    _ = try await usage(session)
    try await session.request(.snapshot(inSeries: true))
    try await expect(session.request(.detach), equals: .letGo(.detached))
    #expect(session.reports.contains(.seriesEnded))
    try await expect(program.ask("symbols"), equals: "0")
  }

  @Test(arguments: LiveRuntime.all)
  func `a series has one epoch while nobody disturbs it`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start()
    let session = try await LiveSession(to: program)
    var identities: [IdentityEpoch] = []
    for _ in 0..<3 {
      identities.append(try await snapshot(session, inSeries: true).identity)
      _ = try await usage(session)
      _ = try await program.ask("churn")
    }
    #expect(identities[0].allowsComparisonByID(with: identities[1]), "\(identities)")
    #expect(identities[0].allowsComparisonByID(with: identities[2]))
    try await expect(session.request(.endSeries), equals: .seriesEnded)
    let later = try await snapshot(session, inSeries: true).identity
    expect(identities[0].allowsComparisonByID(with: later), equals: false)
  }

  @Test(arguments: LiveRuntime.all)
  func `a second client that takes a snapshot and leaves ends the epoch`(
    runtime: LiveRuntime
  ) async throws {
    let program = try await runtime.start()
    let session = try await LiveSession(to: program)
    let first = try await snapshot(session, inSeries: true).identity
    let other = try await LiveSession(to: program)
    if runtime.kind != .bun {
      _ = try await snapshot(other, inSeries: false)
    }
    try await other.request(.detach)
    _ = try await usage(session)
    let second = try await snapshot(session, inSeries: true).identity
    expect(first.epoch.isEmpty, equals: false)
    expect(second.epoch.isEmpty, equals: false)
    expect(first.allowsComparisonByID(with: second), equals: false)
  }

  @Test(arguments: LiveRuntime.buns)
  func `a snapshot that the program takes of itself ends the epoch`(
    runtime: LiveRuntime
  ) async throws {
    let program = try await runtime.start()
    let session = try await LiveSession(to: program)
    let first = try await snapshot(session, inSeries: true).identity
    _ = try await program.ask("selfSnapshot")
    let second = try await snapshot(session, inSeries: true).identity
    expect(first.allowsComparisonByID(with: second), equals: false)
  }

  @Test(arguments: LiveRuntime.all)
  func `a series ends by itself`(runtime: LiveRuntime) async throws {
    let program = try await runtime.start()
    var limits = SessionLimits()
    limits.seriesLength = .seconds(1)
    let session = try await LiveSession(to: program, limits: limits)
    _ = try await snapshot(session, inSeries: true)
    try await session.run(within: .seconds(30)) { $0 == .seriesEnded }
  }

  @Test(arguments: LiveRuntime.buns)
  func `a developer's own session keeps its heap domain, and passes it on`(
    runtime: LiveRuntime
  ) async throws {
    let program = try await runtime.start()
    let developer = try await LiveSession(to: program)
    let session = try await LiveSession(to: program)
    expect(session.capabilities, equals: [])
    #expect(try await usage(session).usage.used > 0)
    let refused = try await session.request(.snapshot(inSeries: false))
    guard case .failed(_, let failure) = refused else { throw Unexpected(refused) }
    expect(failure.code, equals: .inUse)

    _ = try await snapshot(developer, inSeries: false)
    try await developer.request(.detach)
    try await Task.sleep(for: .milliseconds(100))
    _ = try await usage(session)
    #expect(session.capabilities.contains(.snapshot))
    _ = try await snapshot(session, inSeries: false)
  }

  @Test(arguments: LiveRuntime.all)
  func `a target that is busy is said to be, until it answers`(
    runtime: LiveRuntime
  ) async throws {
    let program = try await runtime.start()
    var limits = SessionLimits()
    limits.unresponsiveAfter = .milliseconds(300)
    let session = try await LiveSession(to: program, limits: limits)
    program.send("block")
    try await Task.sleep(for: .milliseconds(100))
    _ = try await usage(session)
    #expect(session.reports.contains(.becameUnresponsive))
    #expect(session.reports.contains(.becameResponsive))
  }

  @Test(arguments: LiveRuntime.all, ["end", "exit", "throw", "SIGTERM"])
  func `a program ends as if we were not there`(
    runtime: LiveRuntime,
    ending: String
  ) async throws {
    let alone = try await timeToEnd(runtime, ending, attached: false)
    let attached = try await timeToEnd(runtime, ending, attached: true)
    expect(attached.status, equals: alone.status)
    #expect(attached.duration < alone.duration + .milliseconds(250), "\(attached) \(alone)")
  }

  private func timeToEnd(
    _ runtime: LiveRuntime,
    _ ending: String,
    attached: Bool
  ) async throws -> (duration: Duration, status: Int32?) {
    let program = try await runtime.start()
    var session: LiveSession?
    if attached {
      session = try await LiveSession(to: program)
      if let session { _ = try await usage(session) }
    }
    let start = ContinuousClock.now
    if ending == "SIGTERM" { program.signal(SIGTERM) } else { program.send(ending) }
    try await session?.run(within: .seconds(20)) { if case .letGo = $0 { true } else { false } }
    let status = try await program.waitForEnd(within: .seconds(20))
    return (ContinuousClock.now - start, status)
  }

  private func snapshot(_ session: LiveSession, inSeries: Bool) async throws -> SnapshotReport {
    let action = try await session.request(.snapshot(inSeries: inSeries))
    guard case .snapshotEnded(_, let report) = action else { throw Unexpected(action) }
    _ = session.takeSnapshotText()
    return report
  }
}

extension SessionAction {
  fileprivate var isSamplingStarted: Bool {
    if case .samplingStarted = self { true } else { false }
  }
}

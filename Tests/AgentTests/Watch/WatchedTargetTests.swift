@testable import Agent
import Configuration
import Connections
import HeapModel
import InspectorProtocols
import TestSupport
import Testing

/// When a target is connected to again.
@Suite struct WatchedTargetTests {
  private let host = Host(name: "h", bootID: "b", bootedAtNanoseconds: 0, nanosecondsPerTick: 1)
  private let now = ContinuousClock.now

  private func target(at location: InspectorLocation? = nil) -> WatchedTarget {
    let facts = ProcessFacts(
      processID: 10,
      startTicks: 1,
      userID: 0,
      executable: "/usr/bin/node",
      arguments: ["node"],
      environment: ProcessEnvironment(),
      innerProcessID: 10
    )
    let endpoint = InspectorEndpoint(address: .tcp(.loopbackV4, port: 9_229))
    let process = DiscoveredProcess(
      facts: facts,
      runtime: .node,
      location: location ?? .at(endpoint)
    )
    let planner = WatchPlanner(AgentConfiguration(), host: host)
    return WatchedTarget(
      id: TargetID(bootID: "b", process: facts),
      plan: planner.plan(for: process),
      host: host
    )
  }

  /// How long it is left alone after so many ends of one kind.
  private func pauses(after end: ConnectionEnd, times: Int) -> [Duration] {
    var target = target()
    return (0..<times).map { _ in
      target.received(.ended(end), now: now)
      return target.nextConnection.map { $0 - now } ?? .zero
    }
  }

  @Test func `one that stood still is asked again soon, however long it did`() {
    #expect(pauses(after: .unresponsive, times: 200).allSatisfy { $0 <= .seconds(5) })
    #expect(pauses(after: .lost("closed"), times: 200).contains { $0 > .seconds(5) })
  }

  @Test(arguments: [ConnectionEnd.exiting, .unusable("no inspector")])
  func `one that there is nothing to come back to for is left alone`(_ end: ConnectionEnd) {
    var target = target()
    target.received(.ended(end), now: now)
    #expect(target.nextConnection == nil)
    #expect(target.endpointToConnect(now: now + .seconds(3_600)) == nil)
  }

  @Test func `one without an inspector has nothing to connect to`() {
    #expect(target(at: .absent("start it with --inspect")).nextConnection == nil)
    #expect(target().endpointToConnect(now: .now) != nil)
  }
}

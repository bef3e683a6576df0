import HeapModel
import Store
import TestSupport
import Testing

@Suite struct ActLedgerTests {
  @Test(arguments: StoreKind.allCases)
  func `a request is written down once, with its acts`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let request = RequestRecord(id: "r", createdAt: 7)
    let acts = [Sample.act(1), Sample.act(2)]

    #expect(try await store.saveRequest(request, acts: acts))
    try await expect(store.saveRequest(request, acts: [Sample.act(3)]), equals: false)

    try await expect(store.request("r"), equals: request)
    #expect(try await store.request("s") == nil)
    try await expect(store.acts(of: "r"), equals: acts)
    try await expect(store.openActs(), equals: acts)
    try await expect(store.openRequests(), equals: [request])
  }

  @Test(arguments: StoreKind.allCases)
  func `an act keeps everything that is known of it`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    var act = Sample.act(1)
    act.state = .running
    act.deadline = 99
    act.stepDelayMilliseconds = 60_000
    act.isCaptured = true
    act.durationMilliseconds = 20_000
    act.intervalBytes = 131_072
    act.stackDepth = 64
    act.progress.done = 5
    act.progress.total = 10
    act.progress.estimatedPauseMilliseconds = 1_200
    act.progress.estimatedGrowthBytes = 80_000_000
    act.progress.collection = ActRecord.Collection(
      usedBefore: 9,
      usedAfter: 3,
      pauseNanoseconds: 1_000
    )
    act.reason = "because"
    act.reasonCode = "noMemory"
    try await store.saveActs([act], stamps: [])

    try await expect(store.acts(of: "r"), equals: [act])
    act.state = .refused
    try await store.saveActs([act], stamps: [])
    try await expect(store.openActs(), equals: [])
    try await expect(store.acts(of: "r"), equals: [act])
  }

  @Test(arguments: StoreKind.allCases)
  func `the messages that led to a change are noted with it`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    var act = Sample.act(1)
    let other = String(repeating: "b", count: 32)
    act.state = .done
    try await store.saveActs(
      [act],
      stamps: [
        SequenceStamp(agentID: Sample.agent, sequence: 3),
        SequenceStamp(agentID: other, sequence: 9),
        SequenceStamp(agentID: Sample.agent, sequence: 2),
      ]
    )

    try await expect(store.acts(of: "r"), equals: [act])
    try await expect(store.lastSequence(of: Sample.agent), equals: 3)
    try await expect(store.lastSequence(of: other), equals: 9)
  }

  @Test(arguments: StoreKind.allCases)
  func `closed requests are forgotten with their acts, open ones stay`(
    kind: StoreKind
  ) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    _ = try await store.saveRequest(
      RequestRecord(id: "r", createdAt: 7),
      acts: [Sample.act(1, request: "r")]
    )
    _ = try await store.saveRequest(
      RequestRecord(id: "s", createdAt: 7),
      acts: [Sample.act(2, request: "s")]
    )
    try await store.closeRequest("r")

    try await expect(store.openRequests().map(\.id), equals: ["s"])
    try await store.forgetRequests(before: 7)
    try await expect(store.request("r")?.isOpen, equals: false)
    try await store.forgetRequests(before: 8)
    #expect(try await store.request("r") == nil)
    try await expect(store.acts(of: "r"), equals: [])
    try await expect(store.acts(of: "s").count, equals: 1)
  }
}

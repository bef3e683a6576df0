import HeapModel
import Store
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
    #expect(try await store.saveRequest(request, acts: [Sample.act(3)]) == false)

    #expect(try await store.request("r") == request)
    #expect(try await store.request("s") == nil)
    #expect(try await store.acts(of: "r") == acts)
    #expect(try await store.openActs() == acts)
    #expect(try await store.openRequests() == [request])
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

    #expect(try await store.acts(of: "r") == [act])
    act.state = .refused
    try await store.saveActs([act], stamps: [])
    #expect(try await store.openActs() == [])
    #expect(try await store.acts(of: "r") == [act])
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

    #expect(try await store.acts(of: "r") == [act])
    #expect(try await store.lastSequence(of: Sample.agent) == 3)
    #expect(try await store.lastSequence(of: other) == 9)
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

    #expect(try await store.openRequests().map(\.id) == ["s"])
    try await store.forgetRequests(before: 7)
    #expect(try await store.request("r")?.isOpen == false)
    try await store.forgetRequests(before: 8)
    #expect(try await store.request("r") == nil)
    #expect(try await store.acts(of: "r") == [])
    #expect(try await store.acts(of: "s").count == 1)
  }
}

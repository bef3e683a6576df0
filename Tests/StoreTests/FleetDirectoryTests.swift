import HeapModel
import Store
import TestSupport
import Testing

@Suite struct FleetDirectoryTests {
  @Test(arguments: StoreKind.allCases)
  func `a target comes back as it was told`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let told = Sample.target(1)

    let isNew = try await store.saveInventory(
      [told],
      at: 20,
      stamp: SequenceStamp(agentID: Sample.agent, sequence: 1)
    )
    #expect(isNew)

    let found = try await store.targets(.all, after: nil, limit: 10)
    expect(found.map(\.description), equals: [told])
    expect(found.map(\.agentID), equals: [Sample.agent])
    expect(found.map(\.firstSeen), equals: [20])
  }

  @Test(arguments: StoreKind.allCases)
  func `a target that is not listed again is gone, and another agent's is not`(
    kind: StoreKind
  ) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let other = String(repeating: "b", count: 32)
    _ = try await store.saveInventory(
      [Sample.target(1), Sample.target(2)],
      at: 20,
      stamp: SequenceStamp(agentID: Sample.agent, sequence: 1)
    )
    _ = try await store.saveInventory(
      [Sample.target(3)],
      at: 21,
      stamp: SequenceStamp(agentID: other, sequence: 1)
    )

    _ = try await store.saveInventory(
      [Sample.target(2)],
      at: 30,
      stamp: SequenceStamp(agentID: Sample.agent, sequence: 2)
    )

    let states = try await store.targets(.all, after: nil, limit: 10).map(\.description.state)
    expect(states, equals: [.gone, .attached, .attached])
    let here = try await store.targets(
      TargetFilter(includesGone: false),
      after: nil,
      limit: 10
    )
    expect(here.map(\.lastSeen), equals: [30, 21])
    try await expect(store.counts().targets, equals: 2)
  }

  @Test(arguments: StoreKind.allCases)
  func `a message that the store has is not taken again`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let drop = DropRecord(reason: "spoolFull", count: 2, bytes: 300)
    let stamp = SequenceStamp(agentID: Sample.agent, sequence: 5)

    try await expect(store.lastSequence(of: Sample.agent), equals: 0)
    #expect(try await store.saveDrops([drop], stamp: stamp))
    try await expect(store.saveDrops([drop], stamp: stamp), equals: false)
    let older = SequenceStamp(agentID: Sample.agent, sequence: 4)
    try await expect(store.saveInventory([Sample.target(1)], at: 1, stamp: older), equals: false)

    try await expect(store.lastSequence(of: Sample.agent), equals: 5)
    try await expect(store.drops(), equals: [drop])
    try await expect(store.targets(.all, after: nil, limit: 10), equals: [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a selector chooses by label, and pages follow on`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let targets = [
      Sample.target(1, version: "1.4.1"), Sample.target(2), Sample.target(3),
      Sample.target(4, service: "catalog"),
    ]
    _ = try await store.saveInventory(
      targets,
      at: 1,
      stamp: SequenceStamp(agentID: Sample.agent, sequence: 1)
    )
    let selector = try Selector("service=checkout,version!=1.4.1")

    let first = try await store.targets(TargetFilter(selector: selector), after: nil, limit: 1)
    expect(first.map(\.description), equals: [targets[1]])
    let rest = try await store.targets(
      TargetFilter(selector: selector),
      after: targets[1].id,
      limit: 10
    )
    expect(rest.map(\.description), equals: [targets[2]])
    let one = try await store.targets(TargetFilter(id: targets[3].id), after: nil, limit: 10)
    expect(one.map(\.description), equals: [targets[3]])
  }

  @Test(arguments: StoreKind.allCases)
  func `what was lost adds up by reason`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    try await store.addDrop(DropRecord(reason: "sequenceGap", count: 3, bytes: 0))
    try await store.addDrop(DropRecord(reason: "sequenceGap", count: 4, bytes: 10))
    try await store.addDrop(DropRecord(reason: "aged", count: 1, bytes: 1))

    try await expect(
      store.drops(),
      equals: [
        DropRecord(reason: "aged", count: 1, bytes: 1),
        DropRecord(reason: "sequenceGap", count: 7, bytes: 10),
      ]
    )
  }

  @Test(arguments: StoreKind.allCases)
  func `an agent is what its last hello said`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    var agent = AgentRecord(
      id: Sample.agent,
      version: "0.1",
      hostName: "h",
      bootID: "b",
      lastSeen: 1
    )
    try await store.saveAgent(agent)
    agent.version = "0.2"
    agent.lastSeen = 2
    try await store.saveAgent(agent)

    try await expect(store.agents(), equals: [agent])
    try await expect(store.counts().agents, equals: 1)
  }
}

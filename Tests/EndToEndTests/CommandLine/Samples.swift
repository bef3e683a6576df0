internal import FleetProtocol
internal import HeapModel

/// Things that a collector might say, for tests.
enum Samples {
  static let firstID = TargetID(high: 0x3fa4_c0de_0000_0000, low: 1)
  static let secondID = TargetID(high: 0x77aa_0000_0000_0000, low: 2)
  static let snapshotID = String(repeating: "5a", count: 16)
  static let agentID = String(repeating: "ab", count: 16)
  /// The first of March 2026 at half past twelve.
  static let time: UnixNanoseconds = 1_772_368_200_000_000_000

  static func node(
    _ id: TargetID = firstID,
    instance: String = "web-1",
    capabilities: Capabilities = [.snapshot, .sampling, .forcedCollection]
  ) -> TargetRow {
    TargetRow(
      target: TargetDescription(
        id: id,
        labels: TargetLabels(
          service: "checkout",
          version: "1.4.2",
          instance: instance,
          environment: "test"
        ),
        runtime: .node,
        runtimeVersion: "v24.1.0",
        processID: 4711,
        bootID: "b0",
        hostName: "host",
        title: "server.js",
        state: .attached,
        capabilities: capabilities,
        startedAt: time
      ),
      usage: HeapUsage(
        time: time,
        used: 12_300_000,
        total: 20_000_000,
        limit: 4_000_000_000,
        residentSize: 90_000_000,
        spaces: [HeapSpace(name: "old_space", used: 1, size: 2)]
      ),
      lastSeen: time,
      growth: TargetRow.Growth(bytesPerHour: 1_500_000, low: 1e6, high: 2e6, points: 9),
      agentID: agentID
    )
  }

  static func withoutInspector() -> TargetRow {
    TargetRow(
      target: TargetDescription(
        id: secondID,
        labels: TargetLabels(service: "server", instance: "host:9", isServiceInferred: true),
        runtime: .bun,
        runtimeVersion: "1.2.0",
        processID: 9,
        bootID: "b0",
        hostName: "host",
        title: "server.ts",
        state: .noInspector,
        stateDetail: "start it with BUN_INSPECT=ws://127.0.0.1:0/some-secret",
        startedAt: time
      ),
      usage: nil,
      lastSeen: time,
      growth: nil,
      agentID: agentID
    )
  }

  static func snapshot(
    id: String = snapshotID,
    step: UInt32 = 0,
    series: String = "",
    state: CaptureState = .complete
  ) -> SnapshotRow {
    SnapshotRow(
      id: id,
      targetID: firstID,
      labels: TargetLabels(service: "checkout", version: "1.4.2", instance: "web-1"),
      runtime: .node,
      format: "v8",
      series: series,
      step: step,
      state: state,
      reason: state == .complete ? "" : "agent_restarted",
      takenAt: time,
      nodeCount: 51_679,
      edgeCount: 225_172,
      textBytes: 5_067_996,
      storedBytes: 600_000,
      isAnalysed: true,
      totalSelfSize: 3_818_855,
      pauseNanoseconds: 1_500_000
    )
  }

  static func event(
    _ state: TargetEvent.State,
    step: UInt32 = 0,
    reason: String = "",
    snapshotID: String? = nil,
    collection: CollectionEffect? = nil
  ) -> TargetEvent {
    TargetEvent(
      targetID: firstID,
      service: "checkout",
      version: "1.4.2",
      instance: "web-1",
      state: state,
      reason: reason,
      reasonCode: reason.isEmpty ? "" : "noMemory",
      snapshotID: snapshotID,
      step: step,
      collection: collection
    )
  }
}

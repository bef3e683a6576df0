import HeapModel
import Store
import TestSupport

/// The implementations that the suites below hold to one contract.
enum StoreKind: CaseIterable, Sendable {
  case inMemory
  case embedded

  /// A new, empty store of this kind.
  func make() throws -> Stores {
    switch self {
    case .inMemory:
      return Stores(
        metadata: InMemoryMetadataStore(),
        jobs: InMemoryJobQueue(),
        series: InMemorySeriesStore(),
        blobs: InMemoryBlobStore()
      )
    case .embedded:
      let folder = TemporaryFolder()
      let store = try EmbeddedStore(folder: folder.path)
      return Stores(
        metadata: store.metadata,
        jobs: store.jobs,
        series: store.series,
        blobs: store.blobs,
        folder: folder
      )
    }
  }
}

/// The four protocols, whoever stands behind them.
struct Stores: Sendable {
  var metadata: any MetadataStore
  var jobs: any JobQueue
  var series: any SeriesStore
  var blobs: any BlobStore
  var folder: TemporaryFolder? = nil

  /// Ends the life of the store's folder, which must not end before.
  func remove() {
    withExtendedLifetime(folder) {}
  }
}

/// Targets, uploads and acts as a test needs them.
enum Sample {
  static let agent = String(repeating: "a", count: 32)

  static func id(_ number: Int) -> String {
    TargetID(high: 0, low: UInt64(number)).description
  }

  static func target(
    _ number: UInt64,
    service: String = "checkout",
    version: String = "1.4.2",
    state: TargetState = .attached
  ) -> TargetDescription {
    TargetDescription(
      id: TargetID(high: 7, low: number),
      labels: TargetLabels(
        service: service,
        version: version,
        instance: "i\(number)",
        environment: "staging",
        isServiceInferred: number % 2 == 1
      ),
      runtime: .node,
      runtimeVersion: "v24.19.0",
      processID: Int32(number),
      bootID: "boot",
      hostName: "host",
      title: "server.js",
      state: state,
      stateDetail: "detail",
      capabilities: [.snapshot, .sampling],
      startedAt: 1_000 + number
    )
  }

  static func upload(
    _ number: Int,
    target: UInt64 = 1,
    series: String = "",
    at time: UnixNanoseconds = 100
  ) -> UploadRecord {
    UploadRecord(
      id: id(number),
      kind: .snapshot,
      agentID: agent,
      targetID: TargetID(high: 7, low: target),
      commandID: id(900 + number),
      series: series,
      step: 2,
      format: "v8",
      redaction: RedactionNote(mode: "none", policyID: "none-1"),
      isForced: true,
      inCompany: true,
      startedAt: time,
      receivedAt: time
    )
  }

  static func act(_ number: Int, request: String = "r") -> ActRecord {
    ActRecord(
      id: id(number),
      requestID: request,
      kind: .snapshot,
      targetID: TargetID(high: 7, low: 1),
      agentID: agent,
      series: "leak",
      step: 1,
      uploadID: id(100 + number),
      holdsIDs: true,
      isForced: true,
      notBefore: 5,
      giveUpAt: 50
    )
  }
}

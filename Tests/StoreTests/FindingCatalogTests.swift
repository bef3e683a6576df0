import HeapModel
import Store
import TestSupport
import Testing

@Suite struct FindingCatalogTests {
  private func finding(_ fingerprint: String, first: UInt64, last: UInt64) -> FindingRecord {
    FindingRecord(
      fingerprint: fingerprint,
      family: "f",
      rule: "growth-1",
      className: "LeakedSession",
      certainty: "certain",
      explanation: "It grew.",
      retainerPath: ["(GC roots)", "a,b\nc", "sessions :: Map"],
      pathNote: "",
      firstSeen: first,
      lastSeen: last,
      position: SourcePosition(script: "file:///app/a,b.js", line: 12, column: 5_018),
      companions: ["Array", "a,b"]
    )
  }

  private func examination(at time: UInt64, sites: [FindingSite]) -> ExaminationRecord {
    ExaminationRecord(
      targetID: TargetID(high: 7, low: 1),
      snapshotIDs: [Sample.id(1), Sample.id(2), Sample.id(3)],
      version: 1,
      examinedAt: time,
      comparedByID: true,
      sites: sites
    )
  }

  @Test(arguments: StoreKind.allCases)
  func `a finding keeps its first day and moves its last`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let fingerprint = Sample.id(5)
    try await store.saveExamination(
      examination(at: 50, sites: []),
      findings: [finding(fingerprint, first: 50, last: 50)]
    )
    try await store.saveExamination(
      examination(at: 90, sites: []),
      findings: [finding(fingerprint, first: 90, last: 90)]
    )
    try await store.saveExamination(
      examination(at: 70, sites: []),
      findings: [finding(fingerprint, first: 70, last: 70)]
    )

    let found = try await store.findings([fingerprint, Sample.id(6)])
    expect(found, equals: [finding(fingerprint, first: 50, last: 90)])
  }

  @Test(arguments: StoreKind.allCases)
  func `a finding without a position has none again`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    var finding = finding(Sample.id(5), first: 1, last: 1)
    finding.position = nil
    finding.companions = []
    try await stores.metadata.saveExamination(examination(at: 1, sites: []), findings: [finding])

    try await expect(stores.metadata.findings([finding.fingerprint]), equals: [finding])
  }

  @Test(arguments: StoreKind.allCases)
  func `the same snapshots are examined once per version`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let sites = [
      FindingSite(
        fingerprint: Sample.id(5),
        objectsPerStep: [0, 150, 150],
        bytesPerStep: [.max, 1],
        retainedSize: 4_000
      ),
      FindingSite(
        fingerprint: Sample.id(4),
        objectsPerStep: [],
        bytesPerStep: [],
        retainedSize: 0
      ),
    ]
    try await store.saveExamination(examination(at: 1, sites: []), findings: [])
    var second = examination(at: 2, sites: sites)
    second.comparedByID = false
    second.idNote = "the program itself reset the ids"
    try await store.saveExamination(second, findings: [])

    let found = try await store.examination(
      of: second.targetID,
      snapshotIDs: second.snapshotIDs,
      version: 1
    )
    expect(found, equals: second)
    #expect(
      try await store.examination(
        of: second.targetID,
        snapshotIDs: second.snapshotIDs,
        version: 2
      ) == nil
    )
    #expect(
      try await store.examination(
        of: second.targetID,
        snapshotIDs: Array(second.snapshotIDs.prefix(2)),
        version: 1
      ) == nil
    )
  }

  @Test(arguments: StoreKind.allCases)
  func `the audit trail is told from its newest entry`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let store = stores.metadata
    let records = (0..<3).map { number in
      AuditRecord(
        time: UInt64(number),
        actor: "unix",
        action: "capture",
        object: "service=checkout",
        detail: "\(number)"
      )
    }
    for record in records { try await store.audit(record) }

    try await expect(store.auditTrail(limit: 2), equals: [records[2], records[1]])
  }
}

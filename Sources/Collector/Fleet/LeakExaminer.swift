internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel
internal import Store

/// Looks at the snapshots of one target for what grows on every step, and writes down what it
/// finds, or that it finds nothing.
struct LeakExaminer: Sendable {
  /// Part of an examination's record: another number means that it is made again.
  static let version: UInt32 = 4

  private let metadata: any MetadataStore
  private let library: HeapLibrary
  private let clock: any CollectorClock
  private let work = BlockingWork(label: "collector.leaks")

  init(metadata: any MetadataStore, library: HeapLibrary, clock: any CollectorClock) {
    self.metadata = metadata
    self.library = library
    self.clock = clock
  }

  /// - Throws: `StoreError` where it may be tried again; what cannot be examined is written down.
  func examine(_ question: LeakQuestion) async throws {
    let known = try await metadata.examination(
      of: question.targetID,
      snapshotIDs: question.snapshotIDs,
      version: Self.version
    )
    guard known == nil else { return }
    var uploads: [UploadRecord] = []
    for id in question.snapshotIDs {
      if let upload = try await metadata.upload(id) { uploads.append(upload) }
    }
    do {
      let held = try await library.heaps(of: uploads)
      let note = Self.noteAgainstIDs(uploads)
      let series = HeapSeries(held.map(\.heap), areIDsComparable: note.isEmpty)
      guard let series else {
        return try await save(question, failure: "its snapshots are of different engines")
      }
      let findings = try await work.run { LeakFinder().findings(in: series) }
      withExtendedLifetime(held) {}
      try await save(findings, question, series, idNote: note)
    } catch let error as StoreError {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch let error as SnapshotError where error.code == .unreadable {
      // Others have the memory now.
      throw error
    } catch {
      try await save(question, failure: "\(error)")
    }
  }

  /// Why ids do not hold from each snapshot to the next; empty where they do.
  private static func noteAgainstIDs(_ uploads: [UploadRecord]) -> String {
    zip(uploads, uploads.dropFirst()).lazy.map { $0.reasonAgainstIDs(with: $1) }
      .first { $0.isEmpty == false } ?? ""
  }

  private func save(_ question: LeakQuestion, failure: String) async throws(StoreError) {
    try await metadata.saveExamination(
      ExaminationRecord(
        targetID: question.targetID,
        snapshotIDs: question.snapshotIDs,
        version: Self.version,
        examinedAt: clock.now(),
        comparedByID: false,
        sites: [],
        failure: failure
      ),
      findings: []
    )
  }

  private func save(
    _ findings: [Finding],
    _ question: LeakQuestion,
    _ series: HeapSeries,
    idNote: String
  ) async throws(StoreError) {
    let now = clock.now()
    let examination = ExaminationRecord(
      targetID: question.targetID,
      snapshotIDs: question.snapshotIDs,
      version: Self.version,
      examinedAt: now,
      comparedByID: series.areIDsComparable,
      idNote: idNote,
      sites: findings.map { FindingSite($0) }
    )
    let graph = series.heaps[0].graph
    try await metadata.saveExamination(
      examination,
      findings: findings.map { FindingRecord($0, in: graph, at: now) }
    )
  }
}

extension FindingSite {
  init(_ finding: Finding) {
    self.init(
      fingerprint: finding.fingerprint,
      objectsPerStep: finding.objectsPerStep.map { UInt64(clamping: $0) },
      bytesPerStep: finding.bytesPerStep,
      retainedSize: finding.retainedSize
    )
  }
}

extension FindingRecord {
  init(_ finding: Finding, in graph: HeapGraph, at time: UnixNanoseconds) {
    var pathNote = ""
    if finding.retainerPath.isEmpty {
      pathNote =
        graph.capabilities.contains(.collectionContents)
        ? "no path leads to them in the snapshot"
        : "snapshots of this engine do not tell what a Map or a Set holds"
    }
    self.init(
      fingerprint: finding.fingerprint,
      family: finding.family,
      rule: finding.rule,
      className: finding.className,
      certainty: finding.certainty.rawValue,
      explanation: LeakWords(
        growth: finding.words.growth,
        cause: finding.words.cause,
        remedy: finding.words.remedy,
        evidence: finding.words.evidence
      ).lines,
      retainerPath: finding.retainerPath,
      pathNote: pathNote,
      isTooling: finding.isTooling,
      firstSeen: time,
      lastSeen: time,
      position: finding.position,
      companions: finding.companions
    )
  }
}

package import Cryptography
package import HeapModel
internal import Synchronization

extension InMemoryMetadataStore {
  package func beginUpload(_ upload: UploadRecord) async throws(StoreError) -> UploadRecord {
    state.withLock { state in
      if let known = state.uploads[upload.id] { return known }
      state.uploads[upload.id] = upload
      return upload
    }
  }

  package func upload(_ id: String) async throws(StoreError) -> UploadRecord? {
    state.withLock { $0.uploads[id] }
  }

  package func addBlock(
    _ block: BlockRecord,
    to uploadID: String,
    at time: UnixNanoseconds
  ) async throws(StoreError) -> UploadRecord {
    try state.withLock { (state) throws(StoreError) in
      guard var upload = state.uploads[uploadID] else {
        throw StoreError(.missing, "there is no upload \(uploadID)")
      }
      try upload.take(block, at: time)
      state.uploads[uploadID] = upload
      state.blocks[uploadID, default: []].append(block)
      return upload
    }
  }

  package func blocks(
    of uploadID: String,
    from index: UInt32,
    limit: Int
  ) async throws(StoreError) -> [BlockRecord] {
    state.withLock { state in
      Array((state.blocks[uploadID] ?? []).filter { $0.index >= index }.prefix(limit))
    }
  }

  package func endUpload(_ upload: UploadRecord) async throws(StoreError) -> UploadRecord {
    state.withLock { state in
      if let known = state.uploads[upload.id], known.state != .running { return known }
      state.uploads[upload.id] = upload
      return upload
    }
  }

  package func uploads(
    _ filter: UploadFilter,
    before cursor: UploadCursor?,
    limit: Int
  ) async throws(StoreError) -> [UploadOfTarget] {
    state.withLock { state in
      let found = state.uploads.values
        .filter { filter.matches($0, of: state.targets[$0.targetID]) }
        .filter { upload in
          cursor.map { (upload.receivedAt, upload.id) < ($0.receivedAt, $0.id) } ?? true
        }
        .sorted { ($0.receivedAt, $0.id) > ($1.receivedAt, $1.id) }
      return found.prefix(limit).map { upload in
        var analysis = state.analyses[upload.id]
        analysis?.pages = []
        return UploadOfTarget(
          upload: upload,
          target: state.targets[upload.targetID],
          analysis: analysis
        )
      }
    }
  }

  package func staleUploads(
    before time: UnixNanoseconds
  ) async throws(StoreError) -> [UploadRecord] {
    state.withLock { state in
      state.uploads.values.filter { $0.state == .running && $0.touchedAt < time }
    }
  }

  package func removeBlocks(of uploadID: String) async throws(StoreError) {
    state.withLock { $0.blocks[uploadID] = nil }
  }

  package func isReferenced(_ blob: Digest) async throws(StoreError) -> Bool {
    state.withLock { state in
      state.blocks.values.contains { $0.contains { $0.blob == blob } }
        || state.analyses.values.contains { $0.pages.contains(blob) }
    }
  }

  package func counts() async throws(StoreError) -> StoreCounts {
    state.withLock { state in
      StoreCounts(
        agents: state.agents.count,
        targets: state.targets.values.count { $0.description.state != .gone },
        snapshots: state.uploads.values.count { $0.kind == .snapshot && $0.state == .complete },
        storedBytes: state.uploads.values.reduce(0) { $0 + $1.storedBytes }
      )
    }
  }
}

extension InMemoryMetadataStore {
  package func saveAnalysis(_ analysis: AnalysisRecord) async throws(StoreError) {
    state.withLock { $0.analyses[analysis.snapshotID] = analysis }
  }

  package func analysis(of snapshotID: String) async throws(StoreError) -> AnalysisRecord? {
    state.withLock { $0.analyses[snapshotID] }
  }

  package func saveExamination(
    _ examination: ExaminationRecord,
    findings: [FindingRecord]
  ) async throws(StoreError) {
    state.withLock { state in
      for var finding in findings {
        if let known = state.findings[finding.fingerprint] {
          finding.firstSeen = min(finding.firstSeen, known.firstSeen)
          finding.lastSeen = max(finding.lastSeen, known.lastSeen)
        }
        state.findings[finding.fingerprint] = finding
      }
      state.examinations.removeAll { $0.isSameQuestion(as: examination) }
      state.examinations.append(examination)
    }
  }

  package func examination(
    of targetID: TargetID,
    snapshotIDs: [String],
    version: UInt32
  ) async throws(StoreError) -> ExaminationRecord? {
    state.withLock { state in
      state.examinations.first {
        $0.targetID == targetID && $0.snapshotIDs == snapshotIDs && $0.version == version
      }
    }
  }

  package func findings(_ fingerprints: [String]) async throws(StoreError) -> [FindingRecord] {
    state.withLock { state in fingerprints.compactMap { state.findings[$0] } }
  }

  package func audit(_ record: AuditRecord) async throws(StoreError) {
    state.withLock { $0.audit.append(record) }
  }

  package func auditTrail(limit: Int) async throws(StoreError) -> [AuditRecord] {
    state.withLock { Array($0.audit.reversed().prefix(limit)) }
  }
}

extension ExaminationRecord {
  fileprivate func isSameQuestion(as other: ExaminationRecord) -> Bool {
    targetID == other.targetID && snapshotIDs == other.snapshotIDs && version == other.version
  }
}

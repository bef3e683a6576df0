package import Cryptography
package import HeapModel

extension SQLiteMetadataStore {
  package func beginUpload(_ upload: UploadRecord) async throws(StoreError) -> UploadRecord {
    try await database.write { (connection) throws(StoreError) in
      if let known = try connection.upload(upload.id) { return known }
      try connection.save(upload)
      return upload
    }
  }

  package func upload(_ id: String) async throws(StoreError) -> UploadRecord? {
    try await database.read { (connection) throws(StoreError) in try connection.upload(id) }
  }

  package func addBlock(
    _ block: BlockRecord,
    to uploadID: String,
    at time: UnixNanoseconds
  ) async throws(StoreError) -> UploadRecord {
    try await database.write { (connection) throws(StoreError) in
      guard var upload = try connection.upload(uploadID) else {
        throw StoreError(.missing, "there is no upload \(uploadID)")
      }
      try upload.take(block, at: time)
      try connection.run(
        """
        INSERT INTO block (upload, number, raw_offset, raw_size, stored_size, kind, blob)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        uploadID,
        block.index,
        block.offset,
        block.rawSize,
        block.storedSize,
        block.kind,
        block.blob.bytes
      )
      try connection.run(
        """
        UPDATE upload SET block_count = ?, raw_bytes = ?, stored_bytes = ?, touched_at = ?
        WHERE id = ?
        """,
        upload.blockCount,
        upload.rawBytes,
        upload.storedBytes,
        time,
        uploadID
      )
      return upload
    }
  }

  package func blocks(
    of uploadID: String,
    from index: UInt32,
    limit: Int
  ) async throws(StoreError) -> [BlockRecord] {
    try await database.read { (connection) throws(StoreError) in
      try connection.query(
        """
        SELECT number, raw_offset, raw_size, stored_size, kind, blob FROM block
        WHERE upload = ? AND number >= ? ORDER BY number LIMIT ?
        """,
        [uploadID, index, limit]
      ) { (row: borrowing SQLiteRow) throws(StoreError) in
        guard let blob = Digest(bytes: row.blob(5)) else {
          throw StoreError(.damaged, "block \(row.integer(0)) of \(uploadID) has no digest")
        }
        return BlockRecord(
          index: row.uint32(0),
          offset: row.unsigned(1),
          rawSize: row.uint32(2),
          storedSize: row.uint32(3),
          kind: row.uint32(4),
          blob: blob
        )
      }
    }
  }

  package func endUpload(_ upload: UploadRecord) async throws(StoreError) -> UploadRecord {
    try await database.write { (connection) throws(StoreError) in
      if let known = try connection.upload(upload.id), known.state != .running { return known }
      try connection.save(upload)
      return upload
    }
  }

  package func uploads(
    _ filter: UploadFilter,
    before cursor: UploadCursor?,
    limit: Int
  ) async throws(StoreError) -> [UploadOfTarget] {
    var condition = SQLiteCondition()
    condition.add(filter)
    if let cursor {
      condition.add("(upload.received_at, upload.id) < (?, ?)", cursor.receivedAt, cursor.id)
    }
    let text = """
      SELECT \(UploadColumns.qualified), \(TargetColumns.list), \(AnalysisColumns.qualified)
      FROM upload LEFT JOIN target ON target.id = upload.target
      LEFT JOIN analysis ON analysis.snapshot = upload.id
      \(condition.text) ORDER BY upload.received_at DESC, upload.id DESC LIMIT ?
      """
    let values = condition.values + [limit]
    return try await database.read { (connection) throws(StoreError) in
      try connection.query(text, values) { (row: borrowing SQLiteRow) -> UploadOfTarget? in
        guard let upload = UploadColumns.record(row) else { return nil }
        let afterUpload = Int32(UploadColumns.names.count)
        let afterTarget = afterUpload + Int32(TargetColumns.names.count)
        return UploadOfTarget(
          upload: upload,
          target: TargetColumns.record(row, from: afterUpload),
          analysis: AnalysisColumns.record(row, from: afterTarget)
        )
      }.compactMap { $0 }
    }
  }

  package func staleUploads(
    before time: UnixNanoseconds
  ) async throws(StoreError) -> [UploadRecord] {
    try await database.read { (connection) throws(StoreError) in
      try connection.query(
        "SELECT \(UploadColumns.list) FROM upload WHERE state = 1 AND touched_at < ?",
        [time],
        UploadColumns.record
      ).compactMap { $0 }
    }
  }

  package func removeBlocks(of uploadID: String) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      try connection.run("DELETE FROM block WHERE upload = ?", uploadID)
    }
  }

  package func isReferenced(_ blob: Digest) async throws(StoreError) -> Bool {
    let bytes = blob.bytes
    return try await database.read { (connection) throws(StoreError) in
      let found = try connection.first(
        """
        SELECT EXISTS (SELECT 1 FROM block WHERE blob = ?)
          OR EXISTS (SELECT 1 FROM analysis_page WHERE blob = ?)
        """,
        [bytes, bytes]
      ) { (row: borrowing SQLiteRow) in row.bool(0) }
      return found ?? true
    }
  }

  package func counts() async throws(StoreError) -> StoreCounts {
    try await database.read { (connection) throws(StoreError) in
      let counts = try connection.first(
        """
        SELECT (SELECT count(*) FROM agent), (SELECT count(*) FROM target WHERE state <> ?),
          (SELECT count(*) FROM upload WHERE kind = 1 AND state = ?),
          (SELECT ifnull(sum(stored_bytes), 0) FROM upload)
        """,
        [TargetState.gone.rawValue, CaptureState.complete.rawValue]
      ) { (row: borrowing SQLiteRow) in
        StoreCounts(
          agents: Int(row.integer(0)),
          targets: Int(row.integer(1)),
          snapshots: Int(row.integer(2)),
          storedBytes: row.unsigned(3)
        )
      }
      return counts ?? StoreCounts(agents: 0, targets: 0, snapshots: 0, storedBytes: 0)
    }
  }
}

extension UploadRecord {
  /// Counts the next block, or says why it is not the next.
  mutating func take(_ block: BlockRecord, at time: UnixNanoseconds) throws(StoreError) {
    guard state == .running else {
      throw StoreError(.conflict, "upload \(id) is \(state.name)")
    }
    guard block.index == blockCount, block.offset == rawBytes else {
      throw StoreError(
        .conflict,
        "block \(block.index) at \(block.offset) does not follow on in upload \(id), which has "
          + "\(blockCount) blocks and \(rawBytes) bytes"
      )
    }
    blockCount += 1
    rawBytes += UInt64(block.rawSize)
    storedBytes += UInt64(block.storedSize)
    touchedAt = time
  }
}

extension SQLiteConnection {
  fileprivate func upload(_ id: String) throws(StoreError) -> UploadRecord? {
    try first(
      "SELECT \(UploadColumns.list) FROM upload WHERE id = ?",
      [id],
      UploadColumns.record
    ).flatMap { $0 }
  }

  fileprivate func save(_ upload: UploadRecord) throws(StoreError) {
    let marks = UploadColumns.names.map { _ in "?" }.joined(separator: ", ")
    var anchors = PackedWriter()
    anchors.append(upload.epoch?.anchors ?? [])
    try run(
      "INSERT OR REPLACE INTO upload (\(UploadColumns.list)) VALUES (\(marks))",
      upload.id,
      upload.kind.rawValue,
      upload.state.rawValue,
      upload.reason,
      upload.agentID,
      upload.targetID.description,
      upload.commandID,
      upload.series,
      upload.step,
      upload.format,
      upload.redaction.mode,
      upload.redaction.policyID,
      upload.isForced,
      upload.startedAt,
      upload.endedAt,
      upload.receivedAt,
      upload.touchedAt,
      upload.blockCount,
      upload.rawBytes,
      upload.storedBytes,
      upload.nodeCount,
      upload.edgeCount,
      upload.textBytes,
      upload.epoch?.isolate,
      upload.epoch?.epoch,
      anchors.bytes,
      upload.pauseNanoseconds,
      upload.inCompany
    )
  }
}

extension SQLiteCondition {
  fileprivate mutating func add(_ filter: UploadFilter) {
    if let kind = filter.kind { add("upload.kind = ?", kind.rawValue) }
    if let states = filter.states {
      // Numbers of an enumeration, never a peer's text.
      let list = states.map { String($0.rawValue) }.sorted().joined(separator: ", ")
      add("upload.state IN (\(list))")
    }
    if let series = filter.series { add("upload.series = ?", series) }
    if let id = filter.targets.id { add("upload.target = ?", id.description) }
    if filter.since > 0 { add("upload.started_at >= ?", filter.since) }
    add(TargetFilter(selector: filter.targets.selector, includesGone: filter.targets.includesGone))
  }
}

/// The columns of `upload` in the order in which rows are read and written.
private enum UploadColumns {
  static let names = [
    "id", "kind", "state", "reason", "agent", "target", "command", "series", "step", "format",
    "redaction_mode", "redaction_policy", "is_forced", "started_at", "ended_at", "received_at",
    "touched_at", "block_count", "raw_bytes", "stored_bytes", "node_count", "edge_count",
    "text_bytes", "isolate", "epoch", "anchors", "pause_nanos",
    "in_company",
  ]
  static let list = names.joined(separator: ", ")
  static let qualified = names.map { "upload.\($0)" }.joined(separator: ", ")

  static func record(_ row: borrowing SQLiteRow) -> UploadRecord? {
    guard let kind = UploadRecord.Kind(rawValue: row.uint8(1)),
      let state = CaptureState(rawValue: row.uint8(2)), let target = TargetID(row.text(5))
    else { return nil }
    var upload = UploadRecord(
      id: row.text(0),
      kind: kind,
      state: state,
      reason: row.text(3),
      agentID: row.text(4),
      targetID: target,
      commandID: row.text(6),
      series: row.text(7),
      step: row.uint32(8),
      format: row.text(9),
      redaction: RedactionNote(mode: row.text(10), policyID: row.text(11)),
      isForced: row.bool(12),
      startedAt: row.unsigned(13),
      receivedAt: row.unsigned(15)
    )
    upload.endedAt = row.unsigned(14)
    upload.touchedAt = row.unsigned(16)
    upload.blockCount = row.uint32(17)
    upload.rawBytes = row.unsigned(18)
    upload.storedBytes = row.unsigned(19)
    upload.nodeCount = row.unsigned(20)
    upload.edgeCount = row.unsigned(21)
    upload.textBytes = row.unsigned(22)
    upload.pauseNanoseconds = row.unsigned(26)
    upload.inCompany = row.bool(27)
    if row.isNull(23) == false {
      var anchors = PackedReader(row.blob(25))
      upload.epoch = IdentityEpoch(
        isolate: row.text(23),
        epoch: row.text(24),
        anchors: (try? anchors.numbers()) ?? []
      )
    }
    return upload
  }
}

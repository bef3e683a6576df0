package import HeapModel

extension SQLiteMetadataStore {
  package func saveRequest(
    _ request: RequestRecord,
    acts: [ActRecord]
  ) async throws(StoreError) -> Bool {
    try await database.write { (connection) throws(StoreError) in
      try connection.run(
        "INSERT INTO request (id, created_at, is_open) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        request.id,
        request.createdAt,
        request.isOpen
      )
      guard connection.changedRowCount == 1 else { return false }
      for act in acts { try connection.save(act) }
      return true
    }
  }

  package func request(_ id: String) async throws(StoreError) -> RequestRecord? {
    try await database.read { (connection) throws(StoreError) in
      try connection.first("SELECT id, created_at, is_open FROM request WHERE id = ?", [id]) {
        (row: borrowing SQLiteRow) in
        RequestRecord(id: row.text(0), createdAt: row.unsigned(1), isOpen: row.bool(2))
      }
    }
  }

  package func closeRequest(_ id: String) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      try connection.run("UPDATE request SET is_open = 0 WHERE id = ?", id)
    }
  }

  package func saveActs(
    _ acts: [ActRecord],
    stamps: [SequenceStamp]
  ) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      for stamp in stamps { _ = try connection.take(stamp, in: .metadata) }
      for act in acts { try connection.save(act) }
    }
  }

  package func acts(of requestID: String) async throws(StoreError) -> [ActRecord] {
    try await database.read { (connection) throws(StoreError) in
      try connection.query(
        "SELECT \(ActColumns.list) FROM act WHERE request = ? ORDER BY id",
        [requestID],
        ActColumns.record
      ).compactMap { $0 }
    }
  }

  package func openActs() async throws(StoreError) -> [ActRecord] {
    try await database.read { (connection) throws(StoreError) in
      try connection.query(
        "SELECT \(ActColumns.list) FROM act WHERE state IN (1, 2) ORDER BY id",
        [],
        ActColumns.record
      ).compactMap { $0 }
    }
  }

  package func openRequests() async throws(StoreError) -> [RequestRecord] {
    try await database.read { (connection) throws(StoreError) in
      try connection.query("SELECT id, created_at FROM request WHERE is_open ORDER BY id") {
        (row: borrowing SQLiteRow) in
        RequestRecord(id: row.text(0), createdAt: row.unsigned(1))
      }
    }
  }

  package func forgetRequests(before time: UnixNanoseconds) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      try connection.run(
        """
        DELETE FROM act WHERE request IN
          (SELECT id FROM request WHERE is_open = 0 AND created_at < ?)
        """,
        time
      )
      try connection.run("DELETE FROM request WHERE is_open = 0 AND created_at < ?", time)
    }
  }
}

extension SQLiteConnection {
  fileprivate func save(_ act: ActRecord) throws(StoreError) {
    let marks = ActColumns.names.map { _ in "?" }.joined(separator: ", ")
    try run(
      "INSERT OR REPLACE INTO act (\(ActColumns.list)) VALUES (\(marks))",
      act.id,
      act.requestID,
      act.kind.rawValue,
      act.targetID.description,
      act.agentID,
      act.state.rawValue,
      act.reason,
      act.reasonCode,
      act.series,
      act.step,
      act.uploadID,
      act.holdsIDs,
      act.isForced,
      act.notBefore,
      act.giveUpAt,
      act.deadline,
      act.durationMilliseconds,
      act.intervalBytes,
      act.stackDepth,
      act.progress.done,
      act.progress.total,
      act.progress.estimatedPauseMilliseconds,
      act.progress.estimatedGrowthBytes,
      act.progress.collection?.usedBefore,
      act.progress.collection?.usedAfter,
      act.progress.collection?.pauseNanoseconds,
      act.stepDelayMilliseconds,
      act.isCaptured
    )
  }
}

/// The columns of `act` in the order in which rows are read and written.
private enum ActColumns {
  static let names = [
    "id", "request", "kind", "target", "agent", "state", "reason", "reason_code", "series", "step",
    "upload", "holds_ids", "is_forced", "not_before", "give_up_at", "deadline", "duration_millis",
    "interval_bytes", "stack_depth", "done", "total", "estimated_pause_millis",
    "estimated_growth_bytes", "used_before", "used_after", "pause_nanos", "step_delay_millis",
    "is_captured",
  ]
  static let list = names.joined(separator: ", ")

  static func record(_ row: borrowing SQLiteRow) -> ActRecord? {
    guard let kind = ActRecord.Kind(rawValue: row.uint8(2)), let target = TargetID(row.text(3)),
      let state = ActRecord.State(rawValue: row.uint8(5))
    else { return nil }
    var act = ActRecord(
      id: row.text(0),
      requestID: row.text(1),
      kind: kind,
      targetID: target,
      agentID: row.text(4),
      series: row.text(8),
      step: row.uint32(9),
      uploadID: row.text(10),
      holdsIDs: row.bool(11),
      isForced: row.bool(12),
      notBefore: row.unsigned(13),
      giveUpAt: row.unsigned(14)
    )
    act.state = state
    act.reason = row.text(6)
    act.reasonCode = row.text(7)
    act.deadline = row.unsigned(15)
    act.stepDelayMilliseconds = row.unsigned(26)
    act.isCaptured = row.bool(27)
    act.durationMilliseconds = row.unsigned(16)
    act.intervalBytes = row.unsigned(17)
    act.stackDepth = row.uint32(18)
    act.progress.done = row.unsigned(19)
    act.progress.total = row.unsigned(20)
    act.progress.estimatedPauseMilliseconds = row.unsigned(21)
    act.progress.estimatedGrowthBytes = row.unsigned(22)
    if let before = row.optionalUnsigned(23) {
      act.progress.collection = ActRecord.Collection(
        usedBefore: before,
        usedAfter: row.unsigned(24),
        pauseNanoseconds: row.unsigned(25)
      )
    }
    return act
  }
}

internal import Cryptography
package import HeapModel

extension SQLiteMetadataStore {
  package func saveAnalysis(_ analysis: AnalysisRecord) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      try connection.run(
        """
        INSERT OR REPLACE INTO analysis (snapshot, state, reason, version, total_self_size,
          blocks_before_last, ready_after_micros) VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        analysis.snapshotID,
        analysis.state.rawValue,
        analysis.reason,
        analysis.version,
        analysis.totalSelfSize,
        analysis.blocksBeforeLast,
        analysis.readyAfterMicroseconds
      )
      try connection.run("DELETE FROM analysis_page WHERE snapshot = ?", analysis.snapshotID)
      for (number, blob) in analysis.pages.enumerated() {
        try connection.run(
          "INSERT INTO analysis_page (snapshot, number, blob) VALUES (?, ?, ?)",
          analysis.snapshotID,
          number,
          blob.bytes
        )
      }
    }
  }

  package func analysis(of snapshotID: String) async throws(StoreError) -> AnalysisRecord? {
    try await database.read { (connection) throws(StoreError) in
      let found = try connection.first(
        "SELECT \(AnalysisColumns.qualified) FROM analysis WHERE snapshot = ?",
        [snapshotID]
      ) { (row: borrowing SQLiteRow) in AnalysisColumns.record(row, from: 0) }
      guard var analysis = found.flatMap({ $0 }) else { return nil }
      analysis.pages = try connection.query(
        "SELECT blob FROM analysis_page WHERE snapshot = ? ORDER BY number",
        [snapshotID]
      ) { (row: borrowing SQLiteRow) in Digest(bytes: row.blob(0)) }.compactMap { $0 }
      return analysis
    }
  }

  package func saveExamination(
    _ examination: ExaminationRecord,
    findings: [FindingRecord]
  ) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      for finding in findings { try connection.save(finding) }
      let target = examination.targetID.description
      let snapshots = examination.snapshotIDs.joined(separator: ",")
      try connection.run(
        "DELETE FROM examination WHERE target = ? AND snapshots = ? AND version = ?",
        target,
        snapshots,
        examination.version
      )
      let id = try connection.first(
        """
        INSERT INTO examination (target, snapshots, version, examined_at, compared_by_id, failure,
          id_note) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id
        """,
        [
          target, snapshots, examination.version, examination.examinedAt, examination.comparedByID,
          examination.failure, examination.idNote,
        ]
      ) { (row: borrowing SQLiteRow) in row.integer(0) }
      for (number, site) in examination.sites.enumerated() {
        try connection.save(site, number: number, of: id)
      }
    }
  }

  package func examination(
    of targetID: TargetID,
    snapshotIDs: [String],
    version: UInt32
  ) async throws(StoreError) -> ExaminationRecord? {
    try await database.read { (connection) throws(StoreError) in
      let found = try connection.first(
        """
        SELECT id, examined_at, compared_by_id, failure, id_note FROM examination
        WHERE target = ? AND snapshots = ? AND version = ?
        """,
        [targetID.description, snapshotIDs.joined(separator: ","), version]
      ) { (row: borrowing SQLiteRow) in
        let record = ExaminationRecord(
          targetID: targetID,
          snapshotIDs: snapshotIDs,
          version: version,
          examinedAt: row.unsigned(1),
          comparedByID: row.bool(2),
          idNote: row.text(4),
          sites: [],
          failure: row.text(3)
        )
        return (row.integer(0), record)
      }
      guard case (let id, var examination)? = found else { return nil }
      examination.sites = try connection.sites(of: id)
      return examination
    }
  }

  package func findings(_ fingerprints: [String]) async throws(StoreError) -> [FindingRecord] {
    try await database.read { (connection) throws(StoreError) in
      var found: [FindingRecord] = []
      for fingerprint in fingerprints {
        found += try connection.query(
          """
          SELECT fingerprint, family, rule, class_name, certainty, explanation, retainer_path,
            path_note, is_tooling, first_seen, last_seen, script, line, column_number, companions
          FROM finding WHERE fingerprint = ?
          """,
          [fingerprint]
        ) { (row: borrowing SQLiteRow) throws(StoreError) in
          var path = PackedReader(row.blob(6))
          var companions = PackedReader(row.blob(14))
          let position = SourcePosition(
            script: row.text(11),
            line: Int(row.integer(12)),
            column: Int(row.integer(13))
          )
          return FindingRecord(
            fingerprint: row.text(0),
            family: row.text(1),
            rule: row.text(2),
            className: row.text(3),
            certainty: row.text(4),
            explanation: row.text(5),
            retainerPath: try path.texts(),
            pathNote: row.text(7),
            isTooling: row.bool(8),
            firstSeen: row.unsigned(9),
            lastSeen: row.unsigned(10),
            position: position.script.isEmpty ? nil : position,
            companions: row.isNull(14) ? [] : try companions.texts()
          )
        }
      }
      return found
    }
  }

  package func audit(_ record: AuditRecord) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      try connection.run(
        "INSERT INTO audit (time, actor, action, object, detail) VALUES (?, ?, ?, ?, ?)",
        record.time,
        record.actor,
        record.action,
        record.object,
        record.detail
      )
    }
  }

  package func auditTrail(limit: Int) async throws(StoreError) -> [AuditRecord] {
    try await database.read { (connection) throws(StoreError) in
      try connection.query(
        "SELECT time, actor, action, object, detail FROM audit ORDER BY id DESC LIMIT ?",
        [limit]
      ) { (row: borrowing SQLiteRow) in
        AuditRecord(
          time: row.unsigned(0),
          actor: row.text(1),
          action: row.text(2),
          object: row.text(3),
          detail: row.text(4)
        )
      }
    }
  }
}

extension SQLiteConnection {
  fileprivate func save(_ finding: FindingRecord) throws(StoreError) {
    var path = PackedWriter()
    path.append(finding.retainerPath)
    var companions = PackedWriter()
    companions.append(finding.companions)
    try run(
      """
      INSERT INTO finding (fingerprint, family, rule, class_name, certainty, explanation,
        retainer_path, path_note, is_tooling, first_seen, last_seen, script, line, column_number,
        companions)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (fingerprint) DO UPDATE SET family = excluded.family, rule = excluded.rule,
        class_name = excluded.class_name, certainty = excluded.certainty,
        explanation = excluded.explanation, retainer_path = excluded.retainer_path,
        path_note = excluded.path_note, is_tooling = excluded.is_tooling,
        first_seen = min(first_seen, excluded.first_seen),
        last_seen = max(last_seen, excluded.last_seen), script = excluded.script,
        line = excluded.line, column_number = excluded.column_number,
        companions = excluded.companions
      """,
      finding.fingerprint,
      finding.family,
      finding.rule,
      finding.className,
      finding.certainty,
      finding.explanation,
      path.bytes,
      finding.pathNote,
      finding.isTooling,
      finding.firstSeen,
      finding.lastSeen,
      finding.position?.script ?? "",
      finding.position?.line ?? 0,
      finding.position?.column ?? 0,
      companions.bytes
    )
  }

  fileprivate func save(
    _ site: FindingSite,
    number: Int,
    of examination: Int64?
  ) throws(StoreError) {
    var objects = PackedWriter()
    objects.append(site.objectsPerStep)
    var bytes = PackedWriter()
    bytes.append(site.bytesPerStep)
    try run(
      """
      INSERT INTO finding_site (examination, number, fingerprint, objects_per_step, bytes_per_step,
        retained_size) VALUES (?, ?, ?, ?, ?, ?)
      """,
      examination,
      number,
      site.fingerprint,
      objects.bytes,
      bytes.bytes,
      site.retainedSize
    )
  }

  fileprivate func sites(of examination: Int64) throws(StoreError) -> [FindingSite] {
    try query(
      """
      SELECT fingerprint, objects_per_step, bytes_per_step, retained_size FROM finding_site
      WHERE examination = ? ORDER BY number
      """,
      [examination]
    ) { (row: borrowing SQLiteRow) throws(StoreError) in
      var objects = PackedReader(row.blob(1))
      var bytes = PackedReader(row.blob(2))
      return FindingSite(
        fingerprint: row.text(0),
        objectsPerStep: try objects.numbers(),
        bytesPerStep: try bytes.numbers(),
        retainedSize: row.unsigned(3)
      )
    }
  }
}

/// The columns of `analysis` that are read together with an upload; its pages are read apart.
enum AnalysisColumns {
  static let names = [
    "snapshot", "state", "reason", "version", "total_self_size", "blocks_before_last",
    "ready_after_micros",
  ]
  static let qualified = names.map { "analysis.\($0)" }.joined(separator: ", ")

  /// Nil where the row holds no analysis, as in an outer join.
  static func record(_ row: borrowing SQLiteRow, from first: Int32) -> AnalysisRecord? {
    guard row.isNull(first) == false,
      let state = AnalysisRecord.State(rawValue: row.uint8(first + 1))
    else { return nil }
    return AnalysisRecord(
      snapshotID: row.text(first),
      state: state,
      reason: row.text(first + 2),
      version: row.uint32(first + 3),
      totalSelfSize: row.unsigned(first + 4),
      blocksBeforeLast: row.uint32(first + 5),
      readyAfterMicroseconds: row.unsigned(first + 6)
    )
  }
}

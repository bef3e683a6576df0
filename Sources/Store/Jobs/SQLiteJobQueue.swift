package import HeapModel

/// Jobs in the embedded database.
package struct SQLiteJobQueue: JobQueue {
  private let database: SQLiteDatabase

  /// The values of `job.state`.
  private enum Code {
    static let waiting = 1
    static let claimed = 2
    static let done = 3
    static let failed = 4
  }

  init(_ database: SQLiteDatabase) {
    self.database = database
  }

  package func enqueue(_ job: NewJob, now: UnixNanoseconds) async throws(StoreError) -> Bool {
    try await database.write { (connection) throws(StoreError) in
      try connection.run(
        """
        INSERT INTO job (key, kind, payload, state, priority, not_before, lease_until, owner,
          attempt, reason, changed_at) VALUES (?, ?, ?, ?, ?, 0, 0, '', 0, '', ?)
        ON CONFLICT (key) DO UPDATE SET state = excluded.state, payload = excluded.payload,
          priority = excluded.priority, attempt = 0, reason = '', not_before = 0, lease_until = 0,
          changed_at = excluded.changed_at
        WHERE state IN (?, ?)
        """,
        job.key,
        job.kind,
        job.payload,
        Code.waiting,
        job.priority,
        now,
        Code.done,
        Code.failed
      )
      return connection.changedRowCount == 1
    }
  }

  package func claim(
    kinds: Set<String>,
    owner: String,
    now: UnixNanoseconds,
    leaseUntil: UnixNanoseconds
  ) async throws(StoreError) -> ClaimedJob? {
    let marks = kinds.map { _ in "?" }.joined(separator: ", ")
    let values: [any SQLiteValue] = kinds.sorted() + [now, now] as [any SQLiteValue]
    return try await database.write { (connection) throws(StoreError) in
      while true {
        let found = try connection.first(
          """
          SELECT id, key, kind, payload, attempt FROM job WHERE state IN (1, 2)
            AND kind IN (\(marks)) AND not_before <= ? AND lease_until <= ?
          ORDER BY priority DESC, id LIMIT 1
          """,
          values
        ) { (row: borrowing SQLiteRow) in
          let job = ClaimedJob(
            key: row.text(1),
            kind: row.text(2),
            payload: row.blob(3),
            attempt: Int(row.integer(4)) + 1,
            owner: owner
          )
          return (row.integer(0), job)
        }
        guard let (id, job) = found else { return nil }
        if job.attempt <= maximumJobAttempts {
          try connection.run(
            """
            UPDATE job SET state = ?, owner = ?, attempt = ?, lease_until = ?, changed_at = ?
            WHERE id = ?
            """,
            Code.claimed,
            owner,
            job.attempt,
            leaseUntil,
            now,
            id
          )
          return job
        }
        try connection.run(
          "UPDATE job SET state = ?, reason = ?, changed_at = ? WHERE id = ?",
          Code.failed,
          JobAttempts.exhausted,
          now,
          id
        )
      }
    }
  }

  package func extend(
    _ job: ClaimedJob,
    until time: UnixNanoseconds
  ) async throws(StoreError) -> Bool {
    try await update(job, "lease_until = ?", [time])
  }

  package func finish(_ job: ClaimedJob, now: UnixNanoseconds) async throws(StoreError) -> Bool {
    try await update(job, "state = ?, changed_at = ?", [Code.done, now])
  }

  package func fail(
    _ job: ClaimedJob,
    reason: String,
    retryAt: UnixNanoseconds?,
    now: UnixNanoseconds
  ) async throws(StoreError) -> Bool {
    if let retryAt, job.attempt < maximumJobAttempts {
      try await update(
        job,
        "state = ?, not_before = ?, lease_until = 0, reason = ?, changed_at = ?",
        [Code.waiting, retryAt, reason, now]
      )
    } else {
      try await update(
        job,
        "state = ?, reason = ?, changed_at = ?",
        [Code.failed, reason, now]
      )
    }
  }

  package func state(of key: String) async throws(StoreError) -> JobState? {
    try await database.read { (connection) throws(StoreError) in
      try connection.first(
        "SELECT state, not_before, lease_until, reason FROM job WHERE key = ?",
        [key]
      ) { (row: borrowing SQLiteRow) -> JobState in
        switch Int(row.integer(0)) {
        case Code.waiting: .waiting(notBefore: row.unsigned(1))
        case Code.claimed: .claimed(until: row.unsigned(2))
        case Code.done: .done
        default: .failed(reason: row.text(3))
        }
      }
    }
  }

  package func forget(endedBefore time: UnixNanoseconds) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      try connection.run(
        "DELETE FROM job WHERE state IN (?, ?) AND changed_at < ?",
        Code.done,
        Code.failed,
        time
      )
    }
  }

  /// Changes a job if the claim is still the last one.
  private func update(
    _ job: ClaimedJob,
    _ assignments: String,
    _ values: [any SQLiteValue]
  ) async throws(StoreError) -> Bool {
    let text = """
      UPDATE job SET \(assignments) WHERE key = ? AND state = ? AND owner = ? AND attempt = ?
      """
    let all = values + [job.key, Code.claimed, job.owner, job.attempt] as [any SQLiteValue]
    return try await database.write { (connection) throws(StoreError) in
      _ = try connection.query(text, all) { (_: borrowing SQLiteRow) in }
      return connection.changedRowCount == 1
    }
  }
}

enum JobAttempts {
  /// Why a job is failed that nobody reported as failed.
  static let exhausted =
    "given up: it was begun \(maximumJobAttempts) times, and no worker came to an end with it"
}

package import HeapModel

extension SQLiteMetadataStore {
  package func saveAgent(_ agent: AgentRecord) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in
      try connection.run(
        """
        INSERT INTO agent (id, version, host_name, boot_id, last_seen) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version,
          host_name = excluded.host_name, boot_id = excluded.boot_id,
          last_seen = excluded.last_seen
        """,
        agent.id,
        agent.version,
        agent.hostName,
        agent.bootID,
        agent.lastSeen
      )
    }
  }

  package func agents() async throws(StoreError) -> [AgentRecord] {
    try await database.read { (connection) throws(StoreError) in
      try connection.query("SELECT id, version, host_name, boot_id, last_seen FROM agent") {
        (row: borrowing SQLiteRow) in
        AgentRecord(
          id: row.text(0),
          version: row.text(1),
          hostName: row.text(2),
          bootID: row.text(3),
          lastSeen: row.unsigned(4)
        )
      }
    }
  }

  package func lastSequence(of agentID: String) async throws(StoreError) -> UInt64 {
    try await database.read { (connection) throws(StoreError) in
      try connection.lastSequence(of: agentID, in: .metadata)
    }
  }

  package func saveInventory(
    _ targets: [TargetDescription],
    at time: UnixNanoseconds,
    stamp: SequenceStamp
  ) async throws(StoreError) -> Bool {
    try await database.write { (connection) throws(StoreError) in
      guard try connection.take(stamp, in: .metadata) else { return false }
      try connection.run(
        "UPDATE target SET state = ?, state_detail = '' WHERE agent = ? AND state <> ?",
        TargetState.gone.rawValue,
        stamp.agentID,
        TargetState.gone.rawValue
      )
      for target in targets {
        try connection.save(target, of: stamp.agentID, at: time)
      }
      return true
    }
  }

  package func targets(
    _ filter: TargetFilter,
    after cursor: TargetID?,
    limit: Int
  ) async throws(StoreError) -> [TargetRecord] {
    var condition = SQLiteCondition()
    condition.add(filter)
    if let cursor { condition.add("target.id > ?", cursor.description) }
    let text = "SELECT \(TargetColumns.list) FROM target \(condition.text) ORDER BY id LIMIT ?"
    let values = condition.values
    return try await database.read { (connection) throws(StoreError) in
      try connection.query(text, values + [limit]) {
        (row: borrowing SQLiteRow) in TargetColumns.record(row, from: 0)
      }.compactMap { $0 }
    }
  }

  package func saveDrops(
    _ drops: [DropRecord],
    stamp: SequenceStamp
  ) async throws(StoreError) -> Bool {
    try await database.write { (connection) throws(StoreError) in
      guard try connection.take(stamp, in: .metadata) else { return false }
      for drop in drops { try connection.add(drop) }
      return true
    }
  }

  package func addDrop(_ drop: DropRecord) async throws(StoreError) {
    try await database.write { (connection) throws(StoreError) in try connection.add(drop) }
  }

  package func drops() async throws(StoreError) -> [DropRecord] {
    try await database.read { (connection) throws(StoreError) in
      try connection.query("SELECT reason, count, bytes FROM dropped ORDER BY reason") {
        (row: borrowing SQLiteRow) in
        DropRecord(reason: row.text(0), count: row.unsigned(1), bytes: row.unsigned(2))
      }
    }
  }
}

extension SQLiteConnection {
  fileprivate func save(
    _ target: TargetDescription,
    of agentID: String,
    at time: UnixNanoseconds
  ) throws(StoreError) {
    let labels = target.labels
    try run(
      """
      INSERT INTO target (\(TargetColumns.names.joined(separator: ", ")))
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET agent = excluded.agent, service = excluded.service,
        version = excluded.version, instance = excluded.instance,
        environment = excluded.environment, service_inferred = excluded.service_inferred,
        runtime = excluded.runtime, runtime_version = excluded.runtime_version,
        process_id = excluded.process_id, boot_id = excluded.boot_id,
        host_name = excluded.host_name, title = excluded.title, state = excluded.state,
        state_detail = excluded.state_detail, capabilities = excluded.capabilities,
        started_at = excluded.started_at, last_seen = excluded.last_seen
      """,
      target.id.description,
      agentID,
      labels.service,
      labels.version,
      labels.instance,
      labels.environment,
      labels.isServiceInferred,
      target.runtime.rawValue,
      target.runtimeVersion,
      Int64(target.processID),
      target.bootID,
      target.hostName,
      target.title,
      target.state.rawValue,
      target.stateDetail,
      target.capabilities.rawValue,
      target.startedAt,
      time,
      time
    )
  }

  fileprivate func add(_ drop: DropRecord) throws(StoreError) {
    try run(
      """
      INSERT INTO dropped (reason, count, bytes) VALUES (?, ?, ?)
      ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count,
        bytes = bytes + excluded.bytes
      """,
      drop.reason,
      Int64(clamping: drop.count),
      Int64(clamping: drop.bytes)
    )
  }
}

/// The columns of `target` in the order in which rows are read and written.
enum TargetColumns {
  static let names = [
    "id", "agent", "service", "version", "instance", "environment", "service_inferred", "runtime",
    "runtime_version", "process_id", "boot_id", "host_name", "title", "state", "state_detail",
    "capabilities", "started_at", "first_seen", "last_seen",
  ]
  static let list = names.map { "target.\($0)" }.joined(separator: ", ")

  /// Nil where the row holds no target, as in an outer join.
  static func record(_ row: borrowing SQLiteRow, from first: Int32) -> TargetRecord? {
    guard row.isNull(first) == false, let id = TargetID(row.text(first)),
      let runtime = RuntimeKind(rawValue: row.text(first + 7)),
      let state = TargetState(rawValue: row.uint8(first + 13))
    else { return nil }
    let labels = TargetLabels(
      service: row.text(first + 2),
      version: row.text(first + 3),
      instance: row.text(first + 4),
      environment: row.text(first + 5),
      isServiceInferred: row.bool(first + 6)
    )
    let description = TargetDescription(
      id: id,
      labels: labels,
      runtime: runtime,
      runtimeVersion: row.text(first + 8),
      processID: Int32(clamping: row.integer(first + 9)),
      bootID: row.text(first + 10),
      hostName: row.text(first + 11),
      title: row.text(first + 12),
      state: state,
      stateDetail: row.text(first + 14),
      capabilities: Capabilities(rawValue: row.uint32(first + 15)),
      startedAt: row.unsigned(first + 16)
    )
    return TargetRecord(
      description: description,
      agentID: row.text(first + 1),
      firstSeen: row.unsigned(first + 17),
      lastSeen: row.unsigned(first + 18)
    )
  }
}

/// A WHERE clause that grows term by term.
struct SQLiteCondition {
  private var terms: [String] = []
  private(set) var values: [any SQLiteValue] = []

  var text: String { terms.isEmpty ? "" : "WHERE " + terms.joined(separator: " AND ") }

  mutating func add(_ term: String, _ terms: any SQLiteValue...) {
    self.terms.append(term)
    values += terms
  }

  mutating func add(_ filter: TargetFilter) {
    if let id = filter.id { add("target.id = ?", id.description) }
    for term in filter.selector?.terms ?? [] {
      // A selector's keys are a closed list, all of them names of columns.
      add("target.\(term.key) \(term.isNegated ? "<>" : "=") ?", term.value)
    }
    if filter.includesGone == false { add("target.state <> ?", TargetState.gone.rawValue) }
  }
}

extension SQLiteMigrations {
  /// The tables of the embedded store, drawn in docs/collector.md.
  static let store = SQLiteMigrations(steps: [firstVersion, secondVersion])

  private static let firstVersion = """
    CREATE TABLE agent (
      id TEXT PRIMARY KEY, version TEXT NOT NULL, host_name TEXT NOT NULL, boot_id TEXT NOT NULL,
      last_seen INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- The last message of each agent that is committed: kept apart for what goes into the tables
    -- of metadata and of series, since the two may one day be two servers.
    CREATE TABLE agent_sequence (
      agent TEXT NOT NULL, part TEXT NOT NULL, sequence INTEGER NOT NULL,
      PRIMARY KEY (agent, part)
    ) WITHOUT ROWID;

    CREATE TABLE target (
      id TEXT PRIMARY KEY, agent TEXT NOT NULL,
      service TEXT NOT NULL, version TEXT NOT NULL, instance TEXT NOT NULL,
      environment TEXT NOT NULL, service_inferred INTEGER NOT NULL,
      runtime TEXT NOT NULL, runtime_version TEXT NOT NULL, process_id INTEGER NOT NULL,
      boot_id TEXT NOT NULL, host_name TEXT NOT NULL, title TEXT NOT NULL,
      state INTEGER NOT NULL, state_detail TEXT NOT NULL, capabilities INTEGER NOT NULL,
      started_at INTEGER NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX target_agent ON target (agent, state);
    CREATE INDEX target_service ON target (service, version);

    CREATE TABLE dropped (
      reason TEXT PRIMARY KEY, count INTEGER NOT NULL, bytes INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE request (
      id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, is_open INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE act (
      id TEXT PRIMARY KEY, request TEXT NOT NULL, kind INTEGER NOT NULL, target TEXT NOT NULL,
      agent TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL, reason_code TEXT NOT NULL,
      series TEXT NOT NULL, step INTEGER NOT NULL, upload TEXT NOT NULL, holds_ids INTEGER NOT NULL,
      is_forced INTEGER NOT NULL, not_before INTEGER NOT NULL, give_up_at INTEGER NOT NULL,
      deadline INTEGER NOT NULL, step_delay_millis INTEGER NOT NULL, is_captured INTEGER NOT NULL,
      duration_millis INTEGER NOT NULL, interval_bytes INTEGER NOT NULL,
      stack_depth INTEGER NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL,
      estimated_pause_millis INTEGER NOT NULL, estimated_growth_bytes INTEGER NOT NULL,
      used_before INTEGER, used_after INTEGER, pause_nanos INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX act_request ON act (request);
    CREATE INDEX act_open ON act (state) WHERE state IN (1, 2);

    CREATE TABLE upload (
      id TEXT PRIMARY KEY, kind INTEGER NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
      agent TEXT NOT NULL, target TEXT NOT NULL, command TEXT NOT NULL, series TEXT NOT NULL,
      step INTEGER NOT NULL, format TEXT NOT NULL, redaction_mode TEXT NOT NULL,
      redaction_policy TEXT NOT NULL, is_forced INTEGER NOT NULL, started_at INTEGER NOT NULL,
      ended_at INTEGER NOT NULL, received_at INTEGER NOT NULL, touched_at INTEGER NOT NULL,
      block_count INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL,
      node_count INTEGER NOT NULL, edge_count INTEGER NOT NULL, text_bytes INTEGER NOT NULL,
      isolate TEXT, epoch TEXT, anchors BLOB, pause_nanos INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX upload_received ON upload (received_at, id);
    CREATE INDEX upload_target ON upload (target, received_at);
    CREATE INDEX upload_running ON upload (touched_at) WHERE state = 1;

    CREATE TABLE block (
      upload TEXT NOT NULL, number INTEGER NOT NULL, raw_offset INTEGER NOT NULL,
      raw_size INTEGER NOT NULL, stored_size INTEGER NOT NULL, kind INTEGER NOT NULL,
      blob BLOB NOT NULL, PRIMARY KEY (upload, number)
    ) WITHOUT ROWID;
    CREATE INDEX block_blob ON block (blob);

    CREATE TABLE analysis (
      snapshot TEXT PRIMARY KEY, state INTEGER NOT NULL, reason TEXT NOT NULL,
      version INTEGER NOT NULL, total_self_size INTEGER NOT NULL,
      blocks_before_last INTEGER NOT NULL, ready_after_micros INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE analysis_page (
      snapshot TEXT NOT NULL, number INTEGER NOT NULL, blob BLOB NOT NULL,
      PRIMARY KEY (snapshot, number)
    ) WITHOUT ROWID;
    CREATE INDEX analysis_page_blob ON analysis_page (blob);

    CREATE TABLE finding (
      fingerprint TEXT PRIMARY KEY, family TEXT NOT NULL, rule TEXT NOT NULL,
      class_name TEXT NOT NULL, certainty TEXT NOT NULL, explanation TEXT NOT NULL,
      retainer_path BLOB NOT NULL, path_note TEXT NOT NULL, is_tooling INTEGER NOT NULL,
      first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE examination (
      id INTEGER PRIMARY KEY, target TEXT NOT NULL, snapshots TEXT NOT NULL,
      version INTEGER NOT NULL, examined_at INTEGER NOT NULL, compared_by_id INTEGER NOT NULL,
      failure TEXT NOT NULL, UNIQUE (target, snapshots, version)
    );
    CREATE TABLE finding_site (
      examination INTEGER NOT NULL REFERENCES examination (id) ON DELETE CASCADE,
      number INTEGER NOT NULL, fingerprint TEXT NOT NULL, objects_per_step BLOB NOT NULL,
      bytes_per_step BLOB NOT NULL, retained_size INTEGER NOT NULL,
      PRIMARY KEY (examination, number)
    ) WITHOUT ROWID;

    CREATE TABLE audit (
      id INTEGER PRIMARY KEY, time INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
      object TEXT NOT NULL, detail TEXT NOT NULL
    );

    CREATE TABLE job (
      id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, payload BLOB NOT NULL,
      state INTEGER NOT NULL, priority INTEGER NOT NULL, not_before INTEGER NOT NULL,
      lease_until INTEGER NOT NULL, owner TEXT NOT NULL, attempt INTEGER NOT NULL,
      reason TEXT NOT NULL, changed_at INTEGER NOT NULL
    );
    CREATE INDEX job_open ON job (priority DESC, id) WHERE state IN (1, 2);

    -- Readings, packed. A rowid table: packed points of two kilobytes in a WITHOUT ROWID table
    -- would take an overflow page each, three times the room.
    CREATE TABLE series (
      id INTEGER PRIMARY KEY, target TEXT NOT NULL, kind INTEGER NOT NULL,
      first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, count INTEGER NOT NULL,
      is_sealed INTEGER NOT NULL, points BLOB NOT NULL
    );
    CREATE INDEX series_target ON series (target, kind, last_time);

    CREATE TABLE class_histogram (
      id INTEGER PRIMARY KEY, snapshot TEXT NOT NULL UNIQUE, rows BLOB NOT NULL
    );
    """

  /// Whether somebody was there when an upload began; what a histogram leaves out, which is not known
  /// of an older one; why ids were not used; where a finding's class stands, which is told when it is
  /// seen again.
  private static let secondVersion = """
    ALTER TABLE upload ADD COLUMN in_company INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE class_histogram ADD COLUMN omitted_classes INTEGER;
    ALTER TABLE class_histogram ADD COLUMN largest_omitted_count INTEGER;
    ALTER TABLE class_histogram ADD COLUMN largest_omitted_size INTEGER;
    ALTER TABLE class_histogram ADD COLUMN least_shape_count INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE examination ADD COLUMN id_note TEXT NOT NULL DEFAULT '';
    ALTER TABLE finding ADD COLUMN script TEXT NOT NULL DEFAULT '';
    ALTER TABLE finding ADD COLUMN line INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE finding ADD COLUMN column_number INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE finding ADD COLUMN companions BLOB;
    """
}

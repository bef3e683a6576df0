internal import CSQLite

/// One connection to a database file, used by one thread at a time and never shared.
///
/// Statements are kept by their text, so a query costs its parsing once. The file is in WAL mode
/// with full synchronisation: a transaction that has committed survives a power loss.
final class SQLiteConnection {
  enum Mode {
    case readAndWrite
    case readOnly
  }

  private let handle: OpaquePointer
  private let path: String
  private var statements: [String: SQLiteStatement] = [:]
  /// Whether the file system ever failed to bring what was written to the disk.
  private(set) var didFailToSynchronize = false

  /// Opens the file, creating it in the writing mode.
  ///
  /// - Throws: `.damaged` where the file is no database, `.unavailable` where it cannot be opened.
  init(path: String, mode: Mode) throws(StoreError) {
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    let creating = mode == .readAndWrite ? SQLITE_OPEN_CREATE : 0
    let code = sqlite3_open_v2(path, &opened, flags | creating, nil)
    guard let opened else {
      throw StoreError(.unavailable, "no memory to open \(path)")
    }
    guard code == SQLITE_OK else {
      let error = Self.error(code, of: opened, doing: "open", path: path)
      // A handle is given even on failure, and is ours to close.
      sqlite3_close_v2(opened)
      throw error
    }
    self.handle = opened
    self.path = path
    // From here on `deinit` closes it, also where this throws.
    try configure(mode)
  }

  deinit {
    statements = [:]
    sqlite3_close_v2(handle)
  }

  private func configure(_ mode: Mode) throws(StoreError) {
    sqlite3_busy_timeout(handle, 5_000)
    _ = retinue_sqlite_make_defensive(handle)
    switch mode {
    case .readAndWrite:
      try script("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
      try script("PRAGMA journal_size_limit = 67108864;")
    case .readOnly:
      // Not opened read-only: the log's index is shared memory, which a reader must write to.
      try script("PRAGMA query_only = ON;")
    }
    try script("PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON;")
  }

  /// Whether a transaction is open; SQLite ends one by itself after some failures.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// How many rows the last statement changed.
  var changedRowCount: Int { Int(sqlite3_changes64(handle)) }

  /// Runs several statements without parameters.
  func script(_ text: String) throws(StoreError) {
    let code = sqlite3_exec(handle, text, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code, doing: text) }
  }

  /// Runs one statement to its end, ignoring rows.
  func run(_ text: String, _ values: any SQLiteValue...) throws(StoreError) {
    try rows(text, values) { (_: borrowing SQLiteRow) throws(StoreError) in .goOn }
  }

  /// Runs one query and makes a value of each row.
  func query<Value>(
    _ text: String,
    _ values: [any SQLiteValue] = [],
    _ make: (borrowing SQLiteRow) throws(StoreError) -> Value
  ) throws(StoreError) -> [Value] {
    var found: [Value] = []
    try rows(text, values) { (row: borrowing SQLiteRow) throws(StoreError) in
      found.append(try make(row))
      return .goOn
    }
    return found
  }

  /// Runs one query for its first row.
  func first<Value>(
    _ text: String,
    _ values: [any SQLiteValue] = [],
    _ make: (borrowing SQLiteRow) throws(StoreError) -> Value
  ) throws(StoreError) -> Value? {
    var found: Value?
    try rows(text, values) { (row: borrowing SQLiteRow) throws(StoreError) in
      if found == nil { found = try make(row) }
      // To its end: a statement that changes something has only then done so.
      return .goOn
    }
    return found
  }

  enum Visit {
    case goOn
    case stop
  }

  /// Lends each row of a query until the visitor has enough; a large result is never held whole.
  func rows(
    _ text: String,
    _ values: [any SQLiteValue],
    _ visit: (borrowing SQLiteRow) throws(StoreError) -> Visit
  ) throws(StoreError) {
    let statement = try prepared(text)
    defer { statement.reset() }
    statement.bind(values)
    while true {
      switch statement.step() {
      case SQLITE_ROW:
        if try visit(statement.row) == .stop { return }
      case SQLITE_DONE: return
      case let code: throw error(code, doing: text)
      }
    }
  }

  private func prepared(_ text: String) throws(StoreError) -> SQLiteStatement {
    if let known = statements[text] { return known }
    var prepared: OpaquePointer?
    let flags = UInt32(SQLITE_PREPARE_PERSISTENT)
    let code = sqlite3_prepare_v3(handle, text, -1, flags, &prepared, nil)
    guard code == SQLITE_OK, let prepared else { throw error(code, doing: text) }
    let statement = SQLiteStatement(handle: prepared)
    statements[text] = statement
    return statement
  }

  private func error(_ code: Int32, doing what: String) -> StoreError {
    if code == SQLITE_IOERR | (4 << 8) || code == SQLITE_IOERR | (5 << 8) {
      // SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC, macros of an expression each.
      didFailToSynchronize = true
    }
    return Self.error(code, of: handle, doing: what, path: path)
  }

  private static func error(
    _ code: Int32,
    of handle: OpaquePointer,
    doing what: String,
    path: String
  ) -> StoreError {
    let reason = sqlite3_errmsg(handle).map { String(cString: $0) } ?? "code \(code)"
    let action = what.split(whereSeparator: \.isWhitespace).prefix(4).joined(separator: " ")
    let message = "\(path): \(reason) (\(action)…, code \(code))"
    switch code & 0xff {
    case SQLITE_FULL: return StoreError(.full, message)
    case SQLITE_CORRUPT, SQLITE_NOTADB: return StoreError(.damaged, message)
    case SQLITE_CONSTRAINT: return StoreError(.conflict, message)
    default: return StoreError(.unavailable, message)
    }
  }
}

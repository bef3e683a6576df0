internal import CSQLite

/// One prepared statement, owned by the connection that made it and used only on its thread.
///
/// Binding cannot fail but for our own mistakes (a wrong index, a statement in use) and for lack
/// of memory, which the next step reports.
final class SQLiteStatement {
  private let handle: OpaquePointer
  private let parameterCount: Int32

  init(handle: OpaquePointer) {
    self.handle = handle
    self.parameterCount = sqlite3_bind_parameter_count(handle)
  }

  deinit {
    sqlite3_finalize(handle)
  }

  func bind(_ values: [any SQLiteValue]) {
    precondition(
      values.count == Int(parameterCount),
      "\(values.count) values for \(parameterCount) parameters"
    )
    for (index, value) in values.enumerated() {
      value.bind(to: self, at: Int32(index + 1))
    }
  }

  func bind(integer: Int64, at index: Int32) {
    sqlite3_bind_int64(handle, index, integer)
  }

  func bind(text: String, at index: Int32) {
    var copy = text
    copy.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        // An empty string may have no address, and NULL would be bound as SQL NULL.
        let base = characters.baseAddress
        if let base {
          _ = retinue_sqlite_bind_text(handle, index, base, UInt64(characters.count))
        } else {
          _ = retinue_sqlite_bind_text(handle, index, "", 0)
        }
      }
    }
  }

  func bind(blob: [UInt8], at index: Int32) {
    blob.withUnsafeBytes { bytes in
      _ = retinue_sqlite_bind_blob(handle, index, bytes.baseAddress, UInt64(bytes.count))
    }
  }

  func bindNull(at index: Int32) {
    sqlite3_bind_null(handle, index)
  }

  /// Moves to the next row.
  ///
  /// SQLITE_ROW, SQLITE_DONE, or what went wrong.
  func step() -> Int32 {
    sqlite3_step(handle)
  }

  /// Makes it ready for the next use and drops the copies of what was bound.
  func reset() {
    sqlite3_reset(handle)
    sqlite3_clear_bindings(handle)
  }

  var row: SQLiteRow { SQLiteRow(handle: handle) }
}

/// The row a statement stands on; it may not outlive the step, so it is only ever lent.
struct SQLiteRow: ~Copyable {
  fileprivate let handle: OpaquePointer

  fileprivate init(handle: OpaquePointer) {
    self.handle = handle
  }

  func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(handle, column) == SQLITE_NULL
  }

  func integer(_ column: Int32) -> Int64 {
    sqlite3_column_int64(handle, column)
  }

  /// The bits of a number that was bound unsigned.
  func unsigned(_ column: Int32) -> UInt64 {
    UInt64(bitPattern: sqlite3_column_int64(handle, column))
  }

  func optionalUnsigned(_ column: Int32) -> UInt64? {
    isNull(column) ? nil : unsigned(column)
  }

  /// What does not fit the type was not written by us; the nearest value keeps the reader alive.
  func uint32(_ column: Int32) -> UInt32 {
    UInt32(clamping: integer(column))
  }

  func uint8(_ column: Int32) -> UInt8 {
    UInt8(clamping: integer(column))
  }

  func bool(_ column: Int32) -> Bool {
    integer(column) != 0
  }

  func text(_ column: Int32) -> String {
    // The text first, its length after: the call for the text may convert the value.
    guard let characters = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: characters, count: count), as: UTF8.self)
  }

  func blob(_ column: Int32) -> [UInt8] {
    guard let bytes = sqlite3_column_blob(handle, column) else { return [] }
    let count = Int(sqlite3_column_bytes(handle, column))
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }
}

/// A value that a statement's parameter can take.
///
/// Unsigned 64-bit numbers keep their bits: a peer's absurd number comes back as it was, and only
/// its order among others is lost.
protocol SQLiteValue: Sendable {
  func bind(to statement: SQLiteStatement, at index: Int32)
}

extension Int: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    statement.bind(integer: Int64(self), at: index)
  }
}

extension Int64: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    statement.bind(integer: self, at: index)
  }
}

extension UInt64: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    statement.bind(integer: Int64(bitPattern: self), at: index)
  }
}

extension UInt32: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    statement.bind(integer: Int64(self), at: index)
  }
}

extension UInt8: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    statement.bind(integer: Int64(self), at: index)
  }
}

extension Bool: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    statement.bind(integer: self ? 1 : 0, at: index)
  }
}

extension String: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    statement.bind(text: self, at: index)
  }
}

extension [UInt8]: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    statement.bind(blob: self, at: index)
  }
}

extension Optional: SQLiteValue where Wrapped: SQLiteValue {
  func bind(to statement: SQLiteStatement, at index: Int32) {
    switch self {
    case .some(let value): value.bind(to: statement, at: index)
    case .none: statement.bindNull(at: index)
    }
  }
}

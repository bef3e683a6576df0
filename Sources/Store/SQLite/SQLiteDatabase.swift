internal import Dispatch
internal import Synchronization

/// One database file: a single writer that commits in groups, and a few readers beside it.
///
/// - every blocking call runs on a queue of its own, never on the threads that tasks share
/// - writes that wait while one transaction runs go together into the next, so that a thousand
///   agents cost a few dozen synchronisations a second and not a thousand
/// - a write returns when its transaction is on the disk
/// - after a failed synchronisation nothing more is written: the file system may have dropped what
///   it could not write, and only reading the log anew (at the next start) tells what is there
final class SQLiteDatabase: Sendable {
  private let writer: SQLiteWriter
  private let readers: [SQLiteReader]
  private let nextReader = Atomic<Int>(0)
  private let folder: DataFolder?

  /// Opens or creates the file and brings its tables to the newest version.
  ///
  /// - Throws: `.newer` for a file of a newer program, `.damaged` for one that is no database.
  ///
  /// - Parameter folder: what must stay locked as long as the database is open.
  init(
    path: String,
    migrations: SQLiteMigrations,
    in folder: DataFolder? = nil,
    readerCount: Int = 2
  ) throws(StoreError) {
    self.folder = folder
    let connection = try SQLiteConnection(path: path, mode: .readAndWrite)
    try migrations.apply(to: connection, path: path)
    writer = SQLiteWriter(connection)
    var readers: [SQLiteReader] = []
    for _ in 0..<readerCount {
      readers.append(SQLiteReader(try SQLiteConnection(path: path, mode: .readOnly)))
    }
    self.readers = readers
  }

  /// Whether writing ended for good, and why.
  var failure: StoreError? { writer.failure }

  /// How many transactions have committed, each with one synchronisation.
  var transactionCount: Int { writer.transactionCount }

  /// Runs `body` in a transaction, alone or together with others, and returns when it is on disk.
  ///
  /// What `body` throws undoes only its own changes.
  func write<Value: Sendable>(
    _ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let result = await withUnsafeContinuation {
      (continuation: UnsafeContinuation<Result<Value, StoreError>, Never>) in
      writer.submit(PendingWrite(body, continuation))
    }
    return try result.get()
  }

  /// Runs `body` on a reader, on the state that was committed last.
  func read<Value: Sendable>(
    _ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let number = nextReader.wrappingAdd(1, ordering: .relaxed).newValue
    let reader = readers[Int(UInt(bitPattern: number) % UInt(readers.count))]
    let result = await withUnsafeContinuation {
      (continuation: UnsafeContinuation<Result<Value, StoreError>, Never>) in
      reader.submit { connection in
        continuation.resume(returning: Result { () throws(StoreError) in try body(connection) })
      }
    }
    return try result.get()
  }
}

/// One connection and the queue that alone uses it.
private final class SQLiteReader: @unchecked Sendable {
  private let connection: SQLiteConnection
  private let queue = DispatchQueue(label: "store.reader")

  init(_ connection: SQLiteConnection) {
    self.connection = connection
  }

  func submit(_ body: @escaping @Sendable (SQLiteConnection) -> Void) {
    queue.async { body(self.connection) }
  }
}

internal import Glibc

/// The store of one machine: a database and files in one folder, behind the four protocols.
package final class EmbeddedStore: Sendable {
  package let folder: DataFolder
  package let metadata: SQLiteMetadataStore
  package let jobs: SQLiteJobQueue
  package let series: SQLiteSeriesStore
  package let blobs: FileBlobStore
  /// What was found unreadable and set aside while opening, for the log.
  package let notes: [String]
  private let database: SQLiteDatabase

  /// Takes the folder and opens what is in it.
  ///
  /// A database that cannot be read is moved to `quarantine/` and a new one begun: a collector
  /// starts without a human, and says in `notes` what it left behind.
  ///
  /// - Throws: `.inUse` or `.newer`, with a sentence for the person who starts it.
  package init(folder path: String) throws(StoreError) {
    folder = try DataFolder(path)
    let file = path + "/retinue.sqlite"
    var notes: [String] = []
    do throws(StoreError) {
      database = try SQLiteDatabase(path: file, migrations: .store, in: folder)
    } catch {
      guard error.code == .damaged else { throw error }
      notes.append(Self.setAside(file, in: path, because: error))
      database = try SQLiteDatabase(path: file, migrations: .store, in: folder)
    }
    metadata = SQLiteMetadataStore(database)
    jobs = SQLiteJobQueue(database)
    series = SQLiteSeriesStore(database)
    blobs = try FileBlobStore(folder: path + "/blobs", in: folder)
    self.notes = notes
  }

  /// Why nothing can be written until the collector is started again; nil while all is well.
  package var failure: StoreError? { database.failure ?? blobs.failure }

  /// How many transactions have committed since the start, each with one synchronisation.
  package var transactionCount: Int { database.transactionCount }

  package func diskSpace() throws(StoreError) -> DiskSpace {
    try DiskSpace(of: folder.path)
  }

  private static func setAside(
    _ file: String,
    in folder: String,
    because error: StoreError
  ) -> String {
    let quarantine = folder + "/quarantine"
    mkdir(quarantine, 0o700)
    let place = "\(quarantine)/retinue.sqlite-\(SystemTime.now())"
    for ending in ["", "-wal", "-shm"] { rename(file + ending, place + ending) }
    return "\(error.message); moved to \(place), and a new database begun"
  }
}

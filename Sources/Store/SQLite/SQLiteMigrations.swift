/// The steps that bring a database's tables from one version to the next.
///
/// Step `n` leads from version `n` to `n + 1`. A step that has shipped is never changed; a new one
/// is added behind it. All missing steps run in one transaction, so a crash in the middle leaves
/// the old version.
struct SQLiteMigrations: Sendable {
  let steps: [String]

  var newestVersion: Int { steps.count }

  func apply(to connection: SQLiteConnection, path: String) throws(StoreError) {
    let version = try version(of: connection)
    guard version <= newestVersion else {
      throw StoreError(
        .newer,
        "\(path) was written by a newer retinue (store version \(version), this one knows "
          + "\(newestVersion)): start that one, or give this one another --data folder"
      )
    }
    guard version < newestVersion else { return }
    try connection.script("BEGIN IMMEDIATE")
    do throws(StoreError) {
      for step in steps[version...] { try connection.script(step) }
      try connection.script("PRAGMA user_version = \(newestVersion)")
      try connection.script("COMMIT")
    } catch {
      if connection.isInTransaction { try? connection.script("ROLLBACK") }
      throw error
    }
  }

  private func version(of connection: SQLiteConnection) throws(StoreError) -> Int {
    let found = try connection.first("PRAGMA user_version") { (row: borrowing SQLiteRow) in
      Int(row.integer(0))
    }
    return max(found ?? 0, 0)
  }
}

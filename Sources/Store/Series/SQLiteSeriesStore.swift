package import HeapModel
internal import Synchronization

/// Readings in the embedded database: rows of a few points as they come, which become one row of
/// many when enough have gathered.
///
/// About 25 bytes a point at rest. The narrow table of time and value that suggests itself was
/// measured at 167 bytes and a hundredth of the rate (docs/collector.md).
package final class SQLiteSeriesStore: SeriesStore {
  /// Points of one target and kind in small rows before they are sealed into one.
  static let pointsPerSeal = 120

  private let database: SQLiteDatabase
  /// How many points wait to be sealed.
  ///
  /// Counted anew at the start, at the first append of each.
  private let loose = LooseCounts()

  init(_ database: SQLiteDatabase) {
    self.database = database
  }

  package func append(
    _ readings: [TargetReadings],
    stamp: SequenceStamp
  ) async throws(StoreError) -> Bool {
    let loose = loose
    return try await database.write { (connection) throws(StoreError) in
      guard try connection.take(stamp, in: .series) else { return false }
      for reading in readings {
        try connection.append(reading.usage, of: reading.targetID, counting: loose)
        try connection.append(reading.collections, of: reading.targetID, counting: loose)
      }
      return true
    }
  }

  package func lastSequence(of agentID: String) async throws(StoreError) -> UInt64 {
    try await database.read { (connection) throws(StoreError) in
      try connection.lastSequence(of: agentID, in: .series)
    }
  }

  package func usage(
    of targetID: TargetID,
    in range: Range<UnixNanoseconds>,
    limit: Int
  ) async throws(StoreError) -> [HeapUsage] {
    try await database.read { (connection) throws(StoreError) in
      try connection.points(HeapUsage.self, of: targetID, in: range, limit: limit)
    }
  }

  package func collections(
    of targetID: TargetID,
    in range: Range<UnixNanoseconds>,
    limit: Int
  ) async throws(StoreError) -> [CollectionActivity] {
    try await database.read { (connection) throws(StoreError) in
      try connection.points(CollectionActivity.self, of: targetID, in: range, limit: limit)
    }
  }

  package func latestUsage(
    of targetIDs: [TargetID]
  ) async throws(StoreError) -> [TargetID: HeapUsage] {
    try await database.read { (connection) throws(StoreError) in
      var latest: [TargetID: HeapUsage] = [:]
      for id in targetIDs {
        let last = try connection.first(
          """
          SELECT points FROM series WHERE target = ? AND kind = ?
          ORDER BY last_time DESC, id DESC LIMIT 1
          """,
          [id.description, SeriesKind.usage.rawValue]
        ) { (row: borrowing SQLiteRow) in row.blob(0) }
        guard let last else { continue }
        latest[id] = try HeapUsage.unpack(last).max { $0.time < $1.time }
      }
      return latest
    }
  }

  package func saveHistogram(
    _ histogram: ClassHistogramRecord,
    of snapshotID: String
  ) async throws(StoreError) {
    let packed = HistogramPacking.pack(histogram.rows)
    let omission = histogram.omission
    try await database.write { (connection) throws(StoreError) in
      try connection.run(
        """
        INSERT OR REPLACE INTO class_histogram (snapshot, rows, omitted_classes,
          largest_omitted_count, largest_omitted_size, least_shape_count)
          VALUES (?, ?, ?, ?, ?, ?)
        """,
        snapshotID,
        packed,
        omission?.classCount ?? 0,
        omission?.largestCount ?? 0,
        omission?.largestRetainedSize ?? 0,
        histogram.leastShapeCount
      )
    }
  }

  /// How many classes were kept before it was written down what was not.
  private static let rowLimitOfFirstVersion = 2_000

  package func histogram(
    of snapshotID: String
  ) async throws(StoreError) -> ClassHistogramRecord? {
    let found = try await database.read { (connection) throws(StoreError) in
      try connection.first(
        """
        SELECT rows, omitted_classes, largest_omitted_count, largest_omitted_size,
          least_shape_count
        FROM class_histogram WHERE snapshot = ?
        """,
        [snapshotID]
      ) { (row: borrowing SQLiteRow) in
        let omission = row.optionalUnsigned(1).map { classCount in
          ClassHistogramRecord.Omission(
            classCount: classCount,
            largestCount: row.unsigned(2),
            largestRetainedSize: row.unsigned(3)
          )
        }
        return (packed: row.blob(0), omission: omission, leastShapeCount: row.unsigned(4))
      }
    }
    guard let found else { return nil }
    let rows = try HistogramPacking.unpack(found.packed)
    let omission =
      found.omission ?? (rows.count < Self.rowLimitOfFirstVersion ? nil : .unknown)
    return ClassHistogramRecord(
      rows: rows,
      omission: omission?.largestCount == 0 && omission?.classCount == 0 ? nil : omission,
      leastShapeCount: found.leastShapeCount
    )
  }

  package func forget(before time: UnixNanoseconds) async throws(StoreError) {
    let loose = loose
    try await database.write { (connection) throws(StoreError) in
      try connection.run("DELETE FROM series WHERE last_time < ?", time)
      loose.recount()
    }
  }
}

/// How many points of each target and kind are not sealed yet.
///
/// Used by the writer alone.
private final class LooseCounts: Sendable {
  struct Key: Hashable {
    var target: TargetID
    var kind: SeriesKind
  }

  private let counts = Mutex<[Key: Int]>([:])

  /// The count with `added` points, starting from what `count` finds in the table.
  func add(
    _ added: Int,
    to key: Key,
    orCount count: () throws(StoreError) -> Int
  ) throws(StoreError) -> Int {
    let known = counts.withLock { $0[key] }
    let sum = if let known { known + added } else { try count() }
    counts.withLock { $0[key] = sum }
    return sum
  }

  func sealed(_ key: Key) {
    counts.withLock { $0[key] = 0 }
  }

  func recount() {
    counts.withLock { $0 = [:] }
  }
}

extension SQLiteConnection {
  fileprivate func append<Point: PackedPoint>(
    _ points: [Point],
    of target: TargetID,
    counting loose: LooseCounts
  ) throws(StoreError) {
    guard points.isEmpty == false else { return }
    try insert(points, of: target, isSealed: false)
    let key = LooseCounts.Key(target: target, kind: Point.seriesKind)
    let count = try loose.add(points.count, to: key) { () throws(StoreError) in
      try first(
        "SELECT total(count) FROM series WHERE target = ? AND kind = ? AND is_sealed = 0",
        [target.description, Point.seriesKind.rawValue]
      ) { (row: borrowing SQLiteRow) in Int(row.integer(0)) } ?? 0
    }
    guard count >= SQLiteSeriesStore.pointsPerSeal else { return }
    try seal(Point.self, of: target)
    loose.sealed(key)
  }

  /// Makes one row of all small ones.
  private func seal<Point: PackedPoint>(
    _: Point.Type,
    of target: TargetID
  ) throws(StoreError) {
    let rows = try query(
      "SELECT points FROM series WHERE target = ? AND kind = ? AND is_sealed = 0 ORDER BY id",
      [target.description, Point.seriesKind.rawValue]
    ) { (row: borrowing SQLiteRow) in row.blob(0) }
    var points: [Point] = []
    for row in rows { points += try Point.unpack(row) }
    try run(
      "DELETE FROM series WHERE target = ? AND kind = ? AND is_sealed = 0",
      target.description,
      Point.seriesKind.rawValue
    )
    try insert(points.sorted { $0.time < $1.time }, of: target, isSealed: true)
  }

  private func insert<Point: PackedPoint>(
    _ points: [Point],
    of target: TargetID,
    isSealed: Bool
  ) throws(StoreError) {
    try run(
      """
      INSERT INTO series (target, kind, first_time, last_time, count, is_sealed, points)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """,
      target.description,
      Point.seriesKind.rawValue,
      points.map(\.time).min(),
      points.map(\.time).max(),
      points.count,
      isSealed,
      Point.pack(points)
    )
  }

  fileprivate func points<Point: PackedPoint>(
    _: Point.Type,
    of target: TargetID,
    in range: Range<UnixNanoseconds>,
    limit: Int
  ) throws(StoreError) -> [Point] {
    // A peer may say any time; SQLite's numbers are signed.
    let end = min(range.upperBound, UInt64(Int64.max))
    var points: [Point] = []
    // By their first time: once enough points lie before a row begins, the rest can be left.
    try rows(
      """
      SELECT points, first_time FROM series
      WHERE target = ? AND kind = ? AND last_time >= ? AND first_time < ? ORDER BY first_time
      """,
      [target.description, Point.seriesKind.rawValue, range.lowerBound, end]
    ) { (row: borrowing SQLiteRow) throws(StoreError) in
      let first = row.unsigned(1)
      guard points.count(where: { $0.time < first }) < limit else { return .stop }
      points += try Point.unpack(row.blob(0)).filter { range.contains($0.time) }
      return .goOn
    }
    return Array(points.sorted { $0.time < $1.time }.prefix(limit))
  }
}

package import Store

/// Says whether there is room for more.
package protocol RoomGauge: Sendable {
  /// Why no upload, or no block of one that has begun, is taken now; nil while there is room.
  func refusal(ofNewUpload: Bool) -> String?
}

/// Room by the share of the disk that is used.
///
/// New uploads end at `limit`, those under way half way from there to a full disk, so that what
/// was begun can mostly be finished and the database never meets a full disk first.
package struct DiskGauge: RoomGauge {
  private let limit: Double
  private let space: @Sendable () throws -> DiskSpace

  package init(limit: Double = 0.9, space: @escaping @Sendable () throws -> DiskSpace) {
    self.limit = limit
    self.space = space
  }

  package func refusal(ofNewUpload isNew: Bool) -> String? {
    do {
      let space = try space()
      let bound = isNew ? limit : (1 + limit) / 2
      guard space.usedShare >= bound else { return nil }
      return "the disk of the collector is \(Int(space.usedShare * 100)) % used "
        + "(\(space.freeBytes >> 20) MiB free): nothing is taken above \(Int(bound * 100)) %"
    } catch {
      return "the disk of the collector cannot be read: \(error)"
    }
  }
}

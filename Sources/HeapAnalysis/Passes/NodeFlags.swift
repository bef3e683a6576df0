/// What the walks over a heap ask of an object, in one byte.
///
/// Each reference then costs one look-up, in an array that fits the cache. A bit that is settled is cleared or set for good.
enum NodeFlags {
  /// May still get another owner of its size.
  static let ownerOpen: UInt8 = 1 << 0
  /// May still get another native context.
  static let contextOpen: UInt8 = 1 << 1
  /// The elements of an `Array`: references to it are counted.
  static let countsReferences: UInt8 = 1 << 2
  /// References out of it are filtered when distances are measured.
  static let filtersDistances: UInt8 = 1 << 3
  /// Its size can move to whoever alone refers to it.
  static let ownable: UInt8 = 1 << 4
  /// Something referred to these elements of an `Array`.
  static let referredTo: UInt8 = 1 << 5
  /// Has a distance.
  static let reached: UInt8 = 1 << 6
  /// Reachable from the page's global objects.
  static let page: UInt8 = 1 << 7
}

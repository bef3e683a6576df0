/// What counts as growth.
///
/// All demand growth on every step, never size alone.
package struct GrowthThresholds: Hashable, Sendable {
  /// Fewer objects of the program's own classes in any step are noise: a request in flight.
  package var objectsPerStep: Int
  /// The same for what has no class of the program: texts, plain objects, functions.
  ///
  /// Every program
  /// has caches of those that fill slowly.
  package var anonymousObjectsPerStep: Int
  /// Or so many bytes in every step, however few objects.
  package var bytesPerStep: UInt64
  /// The smallest step's share of the largest: a start that settles is no leak.
  package var steadiness: Double

  package init(
    objectsPerStep: Int = 10,
    anonymousObjectsPerStep: Int = 50,
    bytesPerStep: UInt64 = 1 << 20,
    steadiness: Double = 0.1
  ) {
    self.objectsPerStep = objectsPerStep
    self.anonymousObjectsPerStep = anonymousObjectsPerStep
    self.bytesPerStep = bytesPerStep
    self.steadiness = steadiness
  }

  func areMet(_ rank: ClassRank, objects: [Int], bytes: [UInt64]) -> Bool {
    guard let least = objects.min(), let most = objects.max(), least > 0 else { return false }
    let needed = rank <= .suspendedCall ? objectsPerStep : anonymousObjectsPerStep
    let isMany = least >= needed || (bytes.min() ?? 0) >= bytesPerStep
    return isMany && Double(least) >= steadiness * Double(most)
  }
}

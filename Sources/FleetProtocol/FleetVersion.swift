/// The version of the contract that this program speaks.
///
/// A minor version only adds fields, messages and methods, which older readers ignore. A major
/// version changes a meaning; a collector accepts its own and the one before it.
package enum FleetVersion {
  package static let major: UInt32 = 1
  /// 1: an agent asks for its turn (`ScheduledSnapshot`).
  package static let minor: UInt32 = 1

  /// Whether a collector of this version serves an agent of that major version.
  package static func accepts(major: UInt32) -> Bool {
    major >= 1 && (major == self.major || major &+ 1 == self.major)
  }
}

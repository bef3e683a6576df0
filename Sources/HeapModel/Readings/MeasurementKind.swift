/// What can be measured of a heap when somebody asks, beside a snapshot and a profile.
package enum MeasurementKind: UInt8, Hashable, Sendable, CaseIterable {
  /// The collections of a window.
  case collections = 1
  /// Objects counted by class (`ClassCensus`).
  case census = 2

  /// What a target must be able to do.
  package var capability: Capabilities {
    switch self {
    case .collections: .collectionWindow
    case .census: .census
    }
  }

  /// What a target does that cannot do it, as a sentence goes on behind its name.
  package var absence: String {
    switch self {
    case .collections: "tells nothing of its collections, neither by itself nor in a trace"
    case .census: "counts no classes without a snapshot; 'retinue snapshot take' tells them"
    }
  }

  /// How long it may be asked to take.
  package var lengths: LengthLimits {
    switch self {
    case .collections: .collections
    case .census: .census
    }
  }
}

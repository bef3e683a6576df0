/// What a target can be asked for.
///
/// What is missing is said aloud, never shown as zero.
package struct Capabilities: OptionSet, Sendable, Hashable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// A full heap snapshot.
  package static let snapshot = Capabilities(rawValue: 1 << 0)
  /// Object ids that hold over the snapshots of one undisturbed series.
  package static let comparisonByID = Capabilities(rawValue: 1 << 1)
  /// A sampling allocation profile.
  package static let sampling = Capabilities(rawValue: 1 << 2)
  /// A collection on request.
  package static let forcedCollection = Capabilities(rawValue: 1 << 3)
  /// Counts and pauses of collections.
  package static let collectionEvents = Capabilities(rawValue: 1 << 4)
  /// Heap usage as of this moment; without it, usage is as of the last collection.
  package static let liveUsage = Capabilities(rawValue: 1 << 5)
  /// The heap's spaces with their sizes.
  package static let heapSpaces = Capabilities(rawValue: 1 << 6)
  /// Retainer paths out of Map and Set (Bun's snapshots have no such edges).
  package static let collectionContents = Capabilities(rawValue: 1 << 7)
  /// Source positions of closures and classes.
  package static let locations = Capabilities(rawValue: 1 << 8)
  /// A recording of which objects are allocated when, and by whom (`AllocationRecording`).
  package static let allocationTimeline = Capabilities(rawValue: 1 << 9)

  /// Single collections over a window that somebody asks for (`MeasurementKind.collections`).
  package static let collectionWindow = Capabilities(rawValue: 1 << 10)
  /// Objects counted by class without a snapshot (`ClassCensus`).
  package static let census = Capabilities(rawValue: 1 << 11)

  /// No capability but its limit: what is done to this heap stops more than its own program, so
  /// selectors and schedules leave it out, and it is asked by its id alone.
  package static let onlyByID = Capabilities(rawValue: 1 << 12)

  package static let names: [(Capabilities, String)] = [
    (.snapshot, "snapshot"),
    (.comparisonByID, "comparisonByID"),
    (.sampling, "sampling"),
    (.forcedCollection, "forcedCollection"),
    (.collectionEvents, "collectionEvents"),
    (.liveUsage, "liveUsage"),
    (.heapSpaces, "heapSpaces"),
    (.collectionContents, "collectionContents"),
    (.locations, "locations"),
    (.allocationTimeline, "allocationTimeline"),
    (.collectionWindow, "collectionWindow"),
    (.census, "census"),
    (.onlyByID, "onlyByID"),
  ]
}

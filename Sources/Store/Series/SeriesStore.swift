package import HeapModel

/// Numbers over time: heap usage and collections of every target, and the classes of every
/// snapshot.
///
/// A reading is kept exactly as it came; what a runtime did not tell stays absent.
package protocol SeriesStore: Sendable {
  /// Adds what one message of an agent brought.
  ///
  /// - Returns: false if the store already had this message.
  func append(_ readings: [TargetReadings], stamp: SequenceStamp) async throws(StoreError) -> Bool

  /// The number of the last message of this agent that is committed here; 0 before the first.
  func lastSequence(of agentID: String) async throws(StoreError) -> UInt64

  /// A target's readings from `range`, by their time, at most `limit`.
  func usage(
    of targetID: TargetID,
    in range: Range<UnixNanoseconds>,
    limit: Int
  ) async throws(StoreError) -> [HeapUsage]
  func collections(
    of targetID: TargetID,
    in range: Range<UnixNanoseconds>,
    limit: Int
  ) async throws(StoreError) -> [CollectionActivity]

  /// The last reading of each of these targets that has one.
  func latestUsage(of targetIDs: [TargetID]) async throws(StoreError) -> [TargetID: HeapUsage]

  func saveHistogram(
    _ histogram: ClassHistogramRecord,
    of snapshotID: String
  ) async throws(StoreError)
  func histogram(of snapshotID: String) async throws(StoreError) -> ClassHistogramRecord?

  /// Forgets readings that are all older than a time.
  func forget(before time: UnixNanoseconds) async throws(StoreError)
}

/// What one message says of one target.
package struct TargetReadings: Hashable, Sendable {
  package var targetID: TargetID
  package var usage: [HeapUsage]
  package var collections: [CollectionActivity]

  package init(
    targetID: TargetID,
    usage: [HeapUsage] = [],
    collections: [CollectionActivity] = []
  ) {
    self.targetID = targetID
    self.usage = usage
    self.collections = collections
  }
}

/// The largest classes of one snapshot.
package struct ClassHistogramRecord: Hashable, Sendable {
  /// What is known of the classes that are not kept.
  package struct Omission: Hashable, Sendable {
    package var classCount: UInt64
    /// No class name among them has more objects; the largest number where that is not known.
    package var largestCount: UInt64
    /// And none keeps more bytes alive.
    package var largestRetainedSize: UInt64

    package init(classCount: UInt64, largestCount: UInt64, largestRetainedSize: UInt64) {
      self.classCount = classCount
      self.largestCount = largestCount
      self.largestRetainedSize = largestRetainedSize
    }

    /// Of which nothing is known.
    static let unknown = Omission(classCount: 0, largestCount: .max, largestRetainedSize: .max)
  }

  package var rows: [ClassHistogramRow]
  /// Nil where all classes are kept.
  package var omission: Omission?
  /// Plain objects of a shape that fewer have are in no class of their own; 0 where it is not known.
  package var leastShapeCount: UInt64

  package init(
    rows: [ClassHistogramRow],
    omission: Omission? = nil,
    leastShapeCount: UInt64 = 0
  ) {
    self.rows = rows
    self.omission = omission
    self.leastShapeCount = leastShapeCount
  }
}

/// One class of one snapshot.
package struct ClassHistogramRow: Hashable, Sendable {
  /// What makes it the same class in another snapshot.
  package var key: String
  package var name: String
  package var count: UInt64
  package var selfSize: UInt64
  package var retainedSize: UInt64

  package init(key: String, name: String, count: UInt64, selfSize: UInt64, retainedSize: UInt64) {
    self.key = key
    self.name = name
    self.count = count
    self.selfSize = selfSize
    self.retainedSize = retainedSize
  }
}

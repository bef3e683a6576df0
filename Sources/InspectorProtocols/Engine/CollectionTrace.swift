internal import HeapModel

/// The collections of a browser's processes over a while, by the threads that ran them, and where
/// the answers to our own calls ran: which thread is whose.
///
/// An isolate has a thread of its own, so whatever ran on the thread that answered a heap's session
/// is of that heap. Nothing else in a trace tells.
struct CollectionTrace: Hashable, Sendable {
  struct Thread: Hashable, Sendable {
    var processID: Int64
    var threadID: Int64
  }

  struct Collection: Hashable, Sendable {
    var thread: Thread
    var kind: CollectionActivity.Kind
    /// Microseconds by the trace's clock.
    var start: Int64
    var microseconds: UInt64
    var usedBefore: UInt64?
    var usedAfter: UInt64?
  }

  /// Where and when a call was answered.
  struct Mark: Hashable, Sendable {
    var thread: Thread
    var time: Int64
  }

  /// A minute of a page that does nothing but allocate has some thousands.
  private static let collectionLimit = 1 << 16
  /// Each heap's session is asked something every few seconds.
  private static let markLimit = 1 << 14

  private(set) var collections: [Collection] = []
  private(set) var marks: [Int64: Mark] = [:]
  /// Something of it was lost: what is there is not all.
  var isIncomplete = false

  mutating func append(_ collection: Collection) {
    guard collections.count < Self.collectionLimit else {
      isIncomplete = true
      return
    }
    collections.append(collection)
  }

  mutating func append(_ mark: Mark, of call: Int64) {
    guard marks.count < Self.markLimit else { return }
    marks[call] = mark
  }
}

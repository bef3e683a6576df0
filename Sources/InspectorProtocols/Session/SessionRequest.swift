package import HeapModel

/// What a session can be asked for.
package enum SessionRequest: Hashable, Sendable {
  /// Names a request in the actions that answer it.
  package typealias ID = UInt64

  /// Heap usage and what the collector did since the last reading: answered by `.usage`.
  case usage
  /// A full collection with usage before and after: answered by `.collected`.
  case collectGarbage
  /// Begin a window of allocation sampling: answered by `.samplingStarted`.
  case startSampling(intervalBytes: UInt64)
  /// End the window: answered by `.profile`.
  case stopSampling
  /// Begin to record allocations: answered by `.timelineStarted`.
  ///
  /// The target is slowed down until `stopTimeline`, `endSeries`, or soon after the recording's
  /// length at the latest.
  case startTimeline(AllocationRecording)
  /// End the recording with a snapshot that tells of it: answered like `snapshot`, and then
  /// `.seriesEnded`.
  case stopTimeline
  /// Begin to be told single collections, where a heap tells none by itself: answered by
  /// `.collectionWindowOpened`.
  ///
  /// The window is the heap's until `closeCollectionWindow`, or for a minute and a little more.
  case openCollectionWindow
  /// End the window: answered by `.usage`, with the collections of the window.
  case closeCollectionWindow
  /// Objects counted by class, without a snapshot: answered by `.census`.
  case census
  /// A full heap snapshot: answered by `.snapshotBytes`, any number, and then `.snapshotEnded`.
  ///
  /// In a series the engine keeps its object ids until `endSeries`, or for ten minutes at most, at
  /// a price for the target (docs/protocols); outside one they are cleared at once.
  case snapshot(inSeries: Bool)
  /// Clear the ids that a series or a recording holds, and end it: answered by `.seriesEnded`; an id
  /// is not needed.
  case endSeries
  /// Leave no trace and go: answered by `.letGo(.detached)`, within two seconds at the latest.
  case detach
}

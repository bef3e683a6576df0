/// When and where the objects of a heap were allocated, as V8 notes it down while it tracks them
/// (`HeapProfiler.startTrackingHeapObjects`).
package struct AllocationHistory: Sendable {
  /// A moment of the recording: objects with an id up to `lastID`, and above that of the sample
  /// before, were allocated until then.
  package struct Sample: Hashable, Sendable {
    /// Since the recording began.
    package let microseconds: UInt64
    package let lastID: UInt64

    package init(microseconds: UInt64, lastID: UInt64) {
      self.microseconds = microseconds
      self.lastID = lastID
    }
  }

  /// A function that allocated, or called one that did.
  package struct Function: Hashable, Sendable {
    /// Numbers of the graph's names.
    package let name: UInt32
    package let script: UInt32
    /// Lines and columns count from one; 0 is not known.
    package let line: Int32
    package let column: Int32

    package init(name: UInt32, script: UInt32, line: Int32, column: Int32) {
      self.name = name
      self.script = script
      self.line = line
      self.column = column
    }
  }

  /// A function that was called in one way: with its callers, a stack.
  package struct Site: Hashable, Sendable {
    /// The engine's number for it.
    package let identifier: UInt64
    /// A number of `functions`.
    package let function: UInt32
    /// The caller's place in `sites`, which is before this one; nil for the root.
    package let parent: UInt32?
    /// Objects and bytes that were allocated here, gone or not.
    package let allocatedCount: UInt64
    package let allocatedSize: UInt64
  }

  /// What stands for no site.
  package static let noSite = UInt32.max

  /// In the order of time; empty where only stacks were asked for.
  package let samples: [Sample]
  package let functions: [Function]
  /// Callers before those they called; empty where V8 was not asked for stacks.
  package let sites: [Site]
  /// The site of each object, or `noSite`; nil where no object has one.
  package let siteOfNode: FlatArray<UInt32>?
}

/// A sampling allocation profile: which call stacks allocated the bytes that are alive, or where an
/// engine cannot tell what is alive, all that were allocated.
///
/// The tree is flat: `nodes[0]` is the root, and a node's parent stands before it. Sizes are
/// already scaled to the program's own bytes by the engine.
package struct SamplingProfile: Hashable, Sendable {
  /// Where an allocation was made.
  ///
  /// Lines and columns count from zero, as in the protocol; −1 where the frame has no source.
  package struct Frame: Hashable, Sendable {
    package var function: String
    package var url: String
    package var scriptID: String
    package var line: Int32
    package var column: Int32

    package init(function: String, url: String, scriptID: String, line: Int32, column: Int32) {
      self.function = function
      self.url = url
      self.scriptID = scriptID
      self.line = line
      self.column = column
    }
  }

  /// What its sizes and counts are of.
  package enum Measure: Hashable, Sendable {
    /// Objects that were alive at the end of the window.
    case alive
    /// All that were allocated in the window, most of which may be gone.
    case allocated
  }

  package struct Node: Hashable, Sendable {
    package var frame: UInt32
    /// Index of the caller's node; the root is its own parent.
    package var parent: UInt32
    /// Bytes allocated here, of what `measure` says.
    package var selfSize: UInt64
    /// Sampled allocations here.
    package var count: UInt64

    package init(frame: UInt32, parent: UInt32, selfSize: UInt64, count: UInt64) {
      self.frame = frame
      self.parent = parent
      self.selfSize = selfSize
      self.count = count
    }
  }

  package var frames: [Frame]
  package var nodes: [Node]
  /// Mean bytes between two samples.
  package var intervalBytes: UInt64
  package var startedAt: UnixNanoseconds
  package var endedAt: UnixNanoseconds
  package var measure: Measure

  package init(
    frames: [Frame],
    nodes: [Node],
    intervalBytes: UInt64,
    startedAt: UnixNanoseconds,
    endedAt: UnixNanoseconds,
    measure: Measure = .alive
  ) {
    self.frames = frames
    self.nodes = nodes
    self.intervalBytes = intervalBytes
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.measure = measure
  }

  package var totalSize: UInt64 {
    nodes.reduce(0) { $0 &+ $1.selfSize }
  }
}

package import Compression
package import HeapModel

/// A form in which other tools read a sampling profile.
package enum ProfileFormat: String, Sendable, Hashable, CaseIterable {
  /// Chrome DevTools: JSON with a tree of call frames.
  case heapprofile
  /// The `pprof` tools, Pyroscope, Parca: a gzipped protobuf message.
  case pprof
  /// speedscope.app: JSON with stacks.
  case speedscope
}

extension SamplingProfile {
  /// The profile as a file for another tool.
  ///
  /// Held whole: a profile has some thousands of stacks, never millions.
  ///
  /// - Parameter name: what a tool shows as the profile's name.
  /// - Throws: `outOfMemory`
  package func encoded(
    as format: ProfileFormat,
    name: String
  ) throws(CompressionError) -> [UInt8] {
    switch format {
    case .heapprofile: HeapProfileText(self).bytes
    case .speedscope: SpeedscopeText(self, name: name).bytes
    case .pprof: try PprofMessage(self, name: name).gzipped()
    }
  }
}

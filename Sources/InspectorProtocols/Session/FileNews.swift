/// What came of a file that a conversation asked for (`SessionAction.readFile`): first `opened`, then
/// `bytes` any number of times, then `ended`; or `failed` instead of any of these.
package enum FileNews: Hashable, Sendable {
  /// It is open, and what is in it can be had.
  ///
  /// As a rule its name is removed already, so that nothing is left of it whatever happens.
  case opened(isRemoved: Bool)
  /// The next bytes, cut anywhere.
  case bytes([UInt8])
  case ended
  /// It cannot be read, or not further, for this reason; nothing more follows.
  case failed(String)

  /// Whether nothing more follows.
  package var isFinal: Bool {
    switch self {
    case .opened, .bytes: false
    case .ended, .failed: true
    }
  }
}

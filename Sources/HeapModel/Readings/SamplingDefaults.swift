/// What a window of sampling is where nobody says otherwise.
package enum SamplingDefaults {
  package static let length: Duration = .seconds(20)

  /// Mean bytes between two samples: 128 KiB costs a busy target 2 to 4 per cent, an ordinary one a
  /// third of a per cent.
  package static let intervalBytes: UInt64 = 128 << 10

  /// The same where a schedule samples again and again, without anybody looking.
  package static let scheduledIntervalBytes: UInt64 = 512 << 10

  /// Frames of a stack that are kept.
  package static let stackDepth = 64
}

extension RuntimeKind {
  /// Why no schedule samples it; nil where one may.
  package var scheduledSamplingRefusal: String? {
    switch self {
    case .node, .deno, .workerd, .chromium: return nil
    case .bun, .webKitGTK: return "JavaScriptCore has no sampling profiler"
    case .firefox: break
    }
    return
      "each allocation of a page is 2 to 4 times dearer while Firefox logs some, so it is sampled "
      + "only when somebody asks ('retinue profile')"
  }
}

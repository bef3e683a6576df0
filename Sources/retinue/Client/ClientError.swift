internal import GRPCTransport

/// Why a collector did not do what it was asked, in a sentence for the person who asked.
struct ClientError: Error, CustomStringConvertible {
  let description: String
  /// Whether asking again may help: the collector is away or too busy for now.
  let isTransient: Bool
  /// Whether it was there, and too slow for this question.
  let isLate: Bool

  init(_ description: String, isTransient: Bool = false, isLate: Bool = false) {
    self.description = description
    self.isTransient = isTransient
    self.isLate = isLate
  }

  init(_ error: RPCError, address: String) {
    switch error.code {
    case .unavailable where !Self.isUnreached(error):
      self.init(
        "the collector at \(address) cannot answer now: \(error.message); asking again may help",
        isTransient: true
      )
    case .unavailable:
      self.init(
        """
        no collector answers at \(address) (\(error.message))
        'retinue up' starts one for this host; --collector or RETINUE_COLLECTOR names another
        """,
        isTransient: true
      )
    case .unauthenticated, .permissionDenied:
      self.init("the collector at \(address) does not let us in: \(error.message)")
    case .deadlineExceeded:
      self.init(
        "the collector at \(address) did not answer in time; asking again may help",
        isTransient: true,
        isLate: true
      )
    case .unimplemented:
      self.init("the collector at \(address) is too old to know this: \(error.message)")
    default:
      self.init(
        error.message.isEmpty ? "the collector answered \(error.code)" : error.message,
        isTransient: error.isTransient
      )
    }
  }

  /// Whether the core did not come as far as a collector; it says so in words alone.
  private static func isUnreached(_ error: RPCError) -> Bool {
    ["failed to connect", "DNS resolution"].contains { error.message.hasPrefix($0) }
  }
}

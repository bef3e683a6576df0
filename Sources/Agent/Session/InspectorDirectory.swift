internal import HeapModel
internal import InspectorProtocols

/// Follows what an inspector lists, for runtimes that hold a conversation with each of several
/// programs: a browser's pages, a server's workers.
struct InspectorDirectory {
  /// To be asked costs an inspector a millisecond.
  private static let pause = Duration.seconds(3)

  let approach: InspectorApproach

  /// Asks until it is told to stop, or cannot.
  ///
  /// - Parameters:
  ///   - recognised: called when the inspector says who it is, where it does
  ///   - listed: called with each answer; says whether to go on
  /// - Returns: why it cannot go on; nil when told to stop
  func follow(
    recognised: (RuntimeAnnouncement) async -> Void,
    listed: ([InspectorListing]) async -> Bool
  ) async -> ConnectionEnd? {
    do {
      while await listed(try await approach.listings(recognised)) {
        try await Task.sleep(for: Self.pause)
      }
      return nil
    } catch {
      return Task.isCancelled ? nil : ConnectionEnd(error)
    }
  }
}

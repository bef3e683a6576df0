internal import HeapModel

/// Where a Node or Deno had its inspector when it was first found.
///
/// With `--inspect=…:0` the inspector is the socket that was opened first. Once the program has closed
/// it (`inspector.close()`), the next one is the program's own server, which is not ours to ask.
struct FirstInspector {
  private var endpoint: InspectorEndpoint?

  init(_ process: DiscoveredProcess) {
    _ = checked(process)
  }

  /// The process as it was found again, without an inspector that is elsewhere than its first.
  mutating func checked(_ found: DiscoveredProcess) -> DiscoveredProcess {
    guard found.runtime == .node || found.runtime == .deno, case .at(let place) = found.location
    else { return found }
    guard let endpoint else {
      endpoint = place
      return found
    }
    guard place != endpoint else { return found }
    var found = found
    found.location = .absent("its inspector was closed, and what else it listens on is its own")
    return found
  }
}

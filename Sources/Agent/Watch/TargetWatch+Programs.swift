internal import FleetProtocol
internal import HeapModel
internal import InspectorProtocols

/// Inspectors that list several programs and hold a conversation with each.
///
/// The process is a target that has no heap; what its inspector lists are targets beside it, each with
/// a connection of its own, that come and go with the list. Where the list can have but one entry
/// the process is that program.
extension TargetWatch {
  private static let elsewhere = "what it runs is listed beside it, by name"

  /// Asks an inspector what it has, again and again.
  func follow(_ endpoint: InspectorEndpoint, _ id: TargetID) {
    guard let runtime = targets[id]?.process.runtime else { return }
    let approach = InspectorApproach(runtime: runtime, endpoint: endpoint)
    targets[id]?.directory = Task { [weak self] in
      let end = await InspectorDirectory(approach: approach).follow { announcement in
        await self?.received(.recognised(announcement), from: id)
      } listed: { listings in
        await self?.listed(listings, at: endpoint, by: id) ?? false
      }
      if let end { await self?.received(.ended(end), from: id) }
    }
  }

  /// - Returns: whether the list can change.
  private func listed(
    _ listings: [InspectorListing],
    at endpoint: InspectorEndpoint,
    by id: TargetID
  ) -> Bool {
    guard let process = targets[id], process.directory != nil, !isLeaving else { return false }
    if let only = listings.first, only.name.isEmpty {
      targets[id]?.directory = nil
      connect(to: endpoint, id)
      return false
    }
    let sharing = process.process.sharing(programs: listings.count, in: table)
    let detail = [Self.elsewhere, sharing].compactMap { $0 }.joined(separator: "; ")
    if process.description.state == .busy {
      received(
        .attached(SessionDescription(capabilities: [], isolate: "", detail: detail)),
        from: id
      )
    } else if process.description.stateDetail != detail {
      received(.capabilitiesChanged([], detail: detail), from: id)
    }
    var present: Set<TargetID> = []
    for listing in listings {
      let facts = process.process.facts
      let program = TargetID(bootID: self.host.bootID, process: facts, heap: listing.name)
      present.insert(program)
      programs[id, default: []].insert(program)
      watch(listing, program, of: process)
    }
    for program in (programs[id] ?? []).subtracting(present) {
      programs[id]?.remove(program)
      leave(program, isOver: false)
    }
    tellInventorySoon()
    return true
  }

  private func watch(_ listing: InspectorListing, _ id: TargetID, of process: WatchedTarget) {
    if targets[id] == nil {
      guard targets.count < FleetLimits.targets else {
        let isNews = passedOver.insert(id).inserted
        if isNews { passOver(process.description.processID, listing.name) }
        return
      }
      targets[id] = WatchedTarget(id: id, listing, of: process)
    }
    if let endpoint = targets[id]?.endpointToConnect(now: .now) { connect(to: endpoint, id) }
  }
}

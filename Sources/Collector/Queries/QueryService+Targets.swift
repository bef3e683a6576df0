package import FleetProtocol
internal import HeapModel
internal import Store

extension QueryService {
  package func status(_: StatusRequest) async throws(QueryError) -> StatusReply {
    let counts = try await storing { try await metadata.counts() }
    let drops = try await storing { try await metadata.drops() }
    return StatusReply(
      version: version,
      agents: UInt32(clamping: await acts.connectedAgentCount),
      targets: UInt32(clamping: counts.targets),
      snapshots: UInt64(counts.snapshots),
      storeBytes: counts.storedBytes,
      freeBytes: space()?.freeBytes ?? 0,
      drops: drops.prefix(FleetLimits.dropReasons).map {
        Drop(reason: $0.reason, count: $0.count, bytes: $0.bytes)
      }
    )
  }

  package func listTargets(
    _ request: ListTargetsRequest
  ) async throws(QueryError) -> ListTargetsReply {
    let filter = try filter(request.choice, includesGone: request.includeGone)
    let cursor = try Cursor.target(request.cursor)
    let targets = try await storing {
      try await metadata.targets(filter, after: cursor, limit: FleetLimits.rows + 1)
    }
    if targets.isEmpty, cursor == nil, case .target(let id) = request.choice {
      throw QueryError(.notFound, "there is no target \(id)")
    }
    let usage = try await storing {
      try await series.latestUsage(of: targets.map(\.description.id))
    }
    var page = Page<TargetRow>(maximumCount: FleetLimits.rows)
    for target in targets {
      let row = try await row(target, usage: usage[target.description.id])
      guard page.add(row) else { break }
    }
    let isLast = page.rows.count == targets.count
    let next = isLast ? "" : page.rows.last?.target.id.description ?? ""
    return ListTargetsReply(rows: page.rows, nextCursor: next)
  }

  private func row(
    _ target: TargetRecord,
    usage: HeapUsage?
  ) async throws(QueryError) -> TargetRow {
    let growth = try await storing {
      try await self.growth.growth(of: target.description)
    }
    return TargetRow(
      target: await withAgentState(target),
      usage: usage,
      lastSeen: max(target.lastSeen, usage?.time ?? 0),
      growth: growth.map {
        TargetRow.Growth(
          bytesPerHour: $0.bytesPerHour,
          low: $0.low,
          high: $0.high,
          points: UInt32(clamping: $0.points)
        )
      },
      agentID: target.agentID
    )
  }

  /// A target whose agent is away is as it was last told, and that is said.
  private func withAgentState(_ target: TargetRecord) async -> TargetDescription {
    var description = target.description
    guard description.state != .gone, await acts.isConnected(target.agentID) == false else {
      return description
    }
    let note = "as last told: its agent is away"
    description.stateDetail =
      description.stateDetail.isEmpty ? note : description.stateDetail + "; " + note
    return description
  }

  package func readSeries(
    _ request: ReadSeriesRequest
  ) async throws(QueryError) -> ReadSeriesReply {
    let from = try Cursor.time(request.cursor) ?? request.from
    let until = request.until == 0 ? UInt64(Int64.max) : request.until
    guard from < until else { return ReadSeriesReply() }
    var usage = try await storing {
      try await series.usage(
        of: request.targetID,
        in: from..<until,
        limit: FleetLimits.usagePoints
      )
    }
    var collections = try await storing {
      try await series.collections(
        of: request.targetID,
        in: from..<until,
        limit: FleetLimits.collectionPoints
      )
    }
    // Both go as far as the one that has more to come.
    var end: UnixNanoseconds?
    if usage.count == FleetLimits.usagePoints { end = usage.last?.time }
    if collections.count == FleetLimits.collectionPoints, let last = collections.last?.time {
      end = min(end ?? last, last)
    }
    if let end {
      usage.removeAll { $0.time > end }
      collections.removeAll { $0.time > end }
    }
    return ReadSeriesReply(
      usage: usage.isEmpty ? nil : UsagePoints(targetID: request.targetID, readings: usage),
      collections: collections.isEmpty
        ? nil : CollectionPoints(targetID: request.targetID, activities: collections),
      nextCursor: end.map { String($0 + 1) } ?? ""
    )
  }
}

/// Where a list goes on, as text that only we read.
enum Cursor {
  static func target(_ text: String) throws(QueryError) -> TargetID? {
    guard text.isEmpty == false else { return nil }
    guard let id = TargetID(text) else { throw invalid(text) }
    return id
  }

  static func time(_ text: String) throws(QueryError) -> UnixNanoseconds? {
    guard text.isEmpty == false else { return nil }
    guard let time = UInt64(text) else { throw invalid(text) }
    return time
  }

  static func index(_ text: String) throws(QueryError) -> Int {
    guard text.isEmpty == false else { return 0 }
    guard let index = Int(text), index >= 0 else { throw invalid(text) }
    return index
  }

  static func upload(_ text: String) throws(QueryError) -> UploadCursor? {
    guard text.isEmpty == false else { return nil }
    let parts = text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let time = UInt64(parts[0]) else { throw invalid(text) }
    return UploadCursor(receivedAt: time, id: String(parts[1]))
  }

  private static func invalid(_ text: String) -> QueryError {
    QueryError(.invalid, "'\(text)' is no cursor of an earlier page")
  }
}

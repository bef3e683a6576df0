package import FleetProtocol
internal import HeapModel
internal import Store

extension QueryService {
  package func listSnapshots(
    _ request: ListSnapshotsRequest
  ) async throws(QueryError) -> ListSnapshotsReply {
    let filter = UploadFilter(
      kind: .snapshot,
      series: request.series.isEmpty ? nil : request.series,
      targets: try filter(request.choice, includesGone: true)
    )
    let cursor = try Cursor.upload(request.cursor)
    let uploads = try await storing {
      try await metadata.uploads(filter, before: cursor, limit: FleetLimits.rows + 1)
    }
    var page = Page<SnapshotRow>(maximumCount: FleetLimits.rows)
    var next = ""
    for upload in uploads {
      guard page.add(SnapshotRow(upload)) else { break }
      next = "\(upload.upload.receivedAt):\(upload.upload.id)"
    }
    let isLast = page.rows.count == uploads.count
    return ListSnapshotsReply(rows: page.rows, nextCursor: isLast ? "" : next)
  }

  /// A snapshot with its target and analysis.
  ///
  /// - Throws: `.notFound` where there is none by that id.
  func snapshot(_ id: String) async throws(QueryError) -> UploadOfTarget {
    let found = try await storing { () -> UploadOfTarget? in
      guard let upload = try await metadata.upload(id), upload.kind == .snapshot else { return nil }
      let filter = TargetFilter(id: upload.targetID)
      let target = try await metadata.targets(filter, after: nil, limit: 1).first
      return UploadOfTarget(
        upload: upload,
        target: target,
        analysis: try await metadata.analysis(of: id)
      )
    }
    guard let found else { throw QueryError(.notFound, "there is no snapshot \(id)") }
    return found
  }

  /// Sends a snapshot's blocks as they were uploaded.
  package func readBlocks(
    _ request: ReadBlocksRequest,
    by caller: Caller,
    _ send: (Block) async throws -> Void
  ) async throws {
    let upload = try await snapshot(request.snapshotID).upload
    guard upload.state == .complete || upload.state == .incomplete else {
      throw QueryError(
        .notPossible,
        "snapshot \(upload.id) is \(upload.state.name): \(upload.reason)"
      )
    }
    try await audit(caller, "readBlocks", on: upload.id)
    var index = request.fromIndex
    while true {
      let from = index
      let blocks = try await storing {
        try await metadata.blocks(of: upload.id, from: from, limit: 64)
      }
      for block in blocks {
        let payload = try await storing {
          try await blobs.get(block.blob)
        }
        try await send(
          Block(index: block.index, kind: block.kind, rawSize: block.rawSize, payload: payload)
        )
      }
      guard blocks.count == 64, let last = blocks.last else { return }
      index = last.index + 1
    }
  }
}

extension SnapshotRow {
  init(_ found: UploadOfTarget) {
    let upload = found.upload
    let target = found.target?.description
    self.init(
      id: upload.id,
      targetID: upload.targetID,
      labels: target?.labels ?? TargetLabels(service: ""),
      runtime: target?.runtime ?? (upload.format.hasPrefix("jsc") ? .bun : .node),
      format: upload.format,
      series: upload.series,
      step: upload.step,
      state: upload.state,
      reason: upload.reason,
      takenAt: upload.startedAt,
      nodeCount: upload.nodeCount,
      edgeCount: upload.edgeCount,
      textBytes: upload.textBytes,
      storedBytes: upload.storedBytes,
      redaction: upload.redaction,
      isAnalysed: found.analysis?.state == .done,
      totalSelfSize: found.analysis?.totalSelfSize ?? 0,
      isForced: upload.isForced,
      inCompany: upload.inCompany,
      pauseNanoseconds: upload.pauseNanoseconds
    )
  }
}

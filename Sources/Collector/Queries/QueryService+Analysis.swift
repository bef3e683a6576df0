package import FleetProtocol
internal import HeapAnalysis
internal import HeapModel
internal import Store

extension QueryService {
  /// A page of a snapshot's analysis, waiting for it as long as was asked.
  package func readAnalysis(
    _ request: ReadAnalysisRequest
  ) async throws -> ReadAnalysisReply {
    let index = try Cursor.index(request.cursor)
    let found = try await analysed(request.snapshotID, waitMilliseconds: request.waitMilliseconds)
    guard let record = found.analysis, index < record.pages.count else {
      throw QueryError(.invalid, "'\(request.cursor)' is no cursor of this analysis")
    }
    var reply = try await page(index, of: record)
    reply.snapshot = SnapshotRow(found)
    reply.totals?.blocksDecodedBeforeLast = UInt64(record.blocksBeforeLast)
    reply.totals?.blockCount = UInt64(found.upload.blockCount)
    reply.totals?.readyAfterCommitMicroseconds = record.readyAfterMicroseconds
    reply.nextCursor = index + 1 < record.pages.count ? String(index + 1) : ""
    return reply
  }

  private func page(_ index: Int, of record: AnalysisRecord) async throws -> ReadAnalysisReply {
    do {
      return try ReadAnalysisReply(decoding: try await blobs.get(record.pages[index]))
    } catch let error as StoreError {
      guard error.code == .damaged || error.code == .missing else { throw QueryError(error) }
      try await storing { try await analysis.repeatAnalysis(of: record.snapshotID) }
      throw QueryError(
        .notPossible,
        "the answer was damaged on disk and is made again: ask again (\(error))"
      )
    }
  }

  /// A snapshot whose analysis is done.
  ///
  /// - Throws: `.notPossible` where it failed, was never whole, or is not there in time.
  func analysed(
    _ snapshotID: String,
    waitMilliseconds: UInt32
  ) async throws -> UploadOfTarget {
    let first = try await snapshot(snapshotID)
    switch first.upload.state {
    case .incomplete, .refused:
      throw QueryError(
        .notPossible,
        "snapshot \(snapshotID) is \(first.upload.state.name) and not analysed: "
          + first.upload.reason
      )
    case .running, .complete:
      break
    }
    // Of an older version's pages some say nothing of what they do not tell.
    func isCurrent(_ found: UploadOfTarget) -> Bool {
      found.analysis?.version == AnalysisPages.version
    }
    if !isCurrent(first), first.upload.state == .complete {
      try await storing { try await analysis.enqueueAnalysis(of: snapshotID) }
    }
    let wait = min(Int(waitMilliseconds), FleetLimits.analysisWaitMilliseconds)
    let end = clock.now() + UInt64(wait) * millisecond
    let key = "\(AnalysisService.JobKind.analysis)/\(snapshotID)"
    let done = try await analysis.results.wait(for: key, until: end, clock: clock) {
      let found = try await snapshot(snapshotID)
      return isCurrent(found) && found.analysis?.state != .waiting ? found : nil
    }
    guard let done, let record = done.analysis else {
      throw QueryError(.notPossible, "snapshot \(snapshotID) is not analysed yet: ask again")
    }
    guard record.state == .done else {
      throw QueryError(
        .notPossible,
        "snapshot \(snapshotID) cannot be analysed: \(record.reason)"
      )
    }
    return done
  }

  /// What became more and what became less between two snapshots.
  package func compare(_ request: CompareRequest) async throws -> CompareReply {
    let start = try Cursor.index(request.cursor)
    let base = try await snapshot(request.baseSnapshotID).upload
    let main = try await snapshot(request.mainSnapshotID).upload
    for upload in [base, main] where upload.state != .complete {
      throw QueryError(.notPossible, "snapshot \(upload.id) is \(upload.state.name)")
    }
    let note = base.reasonAgainstIDs(with: main)
    let comparison = try await comparisons.comparison(of: base, main, byID: note.isEmpty) {
      try await analysis.heaps(of: [base, main])
    }
    var page = Page<ClassDelta>(maximumCount: FleetLimits.classes)
    var next = start
    for row in comparison.rows.dropFirst(start) {
      guard page.add(ClassDelta(row)) else { break }
      next += 1
    }
    return CompareReply(
      byID: comparison.method == .byID,
      note: note,
      classes: page.rows,
      nextCursor: next < comparison.rows.count ? String(next) : ""
    )
  }

  /// Two sets of instances, class by class.
  package func compareFleet(_ request: CompareFleetRequest) async throws -> CompareFleetReply {
    let start = try Cursor.index(request.cursor)
    var notes: [String] = []
    let base = try await histograms(request.baseSelector, &notes)
    let main = try await histograms(request.mainSelector, &notes)
    let comparison = FleetComparison(base: base, main: main)
    let rows = comparison.rows
    // First, since there may be more notes than fit.
    notes = comparison.notes + notes
    var page = Page<FleetClassRow>(maximumCount: FleetLimits.classes)
    var next = start
    for row in rows.dropFirst(start) {
      guard page.add(FleetClassRow(row)) else { break }
      next += 1
    }
    return CompareFleetReply(
      baseInstances: UInt32(clamping: base.count),
      mainInstances: UInt32(clamping: main.count),
      classes: page.rows,
      nextCursor: next < rows.count ? String(next) : "",
      notes: Array(notes.prefix(FleetLimits.notes))
    )
  }

  /// The classes of the latest analysed snapshot of each target that a selector chooses.
  private func histograms(
    _ selector: String,
    _ notes: inout [String]
  ) async throws -> [ClassHistogram] {
    var found: [ClassHistogram] = []
    for target in try await targets(.selector(selector), includesGone: true) {
      let filter = UploadFilter(
        kind: .snapshot,
        states: [.complete],
        targets: TargetFilter(id: target.description.id)
      )
      let newest = try await storing {
        try await metadata.uploads(filter, before: nil, limit: 8)
      }
      let latest = newest.first { $0.analysis?.state == .done }
      guard let latest,
        let histogram = try await storing({ try await series.histogram(of: latest.upload.id) })
      else {
        if target.description.state != .gone {
          notes.append("\(target.description.displayName): no analysed snapshot")
        }
        continue
      }
      found.append(ClassHistogram(histogram))
    }
    return found
  }
}

extension TargetDescription {
  /// How notes name it: service and instance.
  var displayName: String {
    labels.instance.isEmpty
      ? "\(labels.service) \(processID)" : "\(labels.service) \(labels.instance)"
  }
}

extension UploadRecord {
  /// Why ids of the two cannot be compared; empty if they can.
  func reasonAgainstIDs(with other: UploadRecord) -> String {
    guard targetID == other.targetID else { return "the snapshots are of two processes" }
    guard let epoch, let next = other.epoch, epoch.epoch.isEmpty == false else {
      return series.isEmpty || series != other.series
        ? "the snapshots are not steps of one series, so ids were not held between them"
        : "ids could not be held from one step of the series to the other"
    }
    guard epoch.isolate == next.isolate, epoch.epoch == next.epoch else {
      return "another client, or the program itself, reset the ids between the snapshots"
    }
    guard epoch.allowsComparisonByID(with: next) else {
      return "known objects have other ids in the second snapshot"
    }
    return ""
  }
}

extension ClassHistogram {
  init(_ record: ClassHistogramRecord) {
    self.init(
      entries: record.rows.map {
        Entry(
          key: $0.key,
          name: $0.name,
          count: Int(clamping: $0.count),
          selfSize: $0.selfSize,
          retainedSize: $0.retainedSize
        )
      },
      omission: record.omission.map {
        Omission(
          classCount: Int(clamping: $0.classCount),
          largestCount: Int(clamping: $0.largestCount),
          largestRetainedSize: $0.largestRetainedSize
        )
      },
      leastShapeCount: Int(clamping: record.leastShapeCount),
      totalSize: record.rows.reduce(0) { $0 &+ $1.selfSize }
    )
  }
}

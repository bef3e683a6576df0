package import FleetProtocol
internal import HeapModel
internal import Store

extension QueryService {
  /// What leaks in the targets chosen, by their snapshots of a series or their last ones.
  package func findLeaks(_ request: FindLeaksRequest) async throws -> FindLeaksReply {
    let start = try Cursor.index(request.cursor)
    try check(request)
    var notes: [String] = []
    let questions = try await questions(request, &notes)
    notes += Self.notes(ofLeftOut: questions.compactMap(\.0.selection))
    let examined = try await examinations(of: questions, request, &notes)
    let fingerprints = Set(examined.flatMap { $0.examination.sites.map(\.fingerprint) })
    let records = try await storing { try await metadata.findings(fingerprints.sorted()) }
    var leaks = LeakMerge(examined, findings: records).leaks
    let toolingCount = leaks.count(where: \.isTooling)
    if toolingCount > 0, request.includesTooling == false {
      leaks.removeAll(where: \.isTooling)
      notes.append("\(toolingCount) left out: only a debugger or its console keeps these objects")
    }
    var page = Page<LeakFinding>(maximumCount: FleetLimits.findings)
    var next = start
    for leak in leaks.dropFirst(start) {
      guard page.add(leak) else { break }
      next += 1
    }
    return FindLeaksReply(
      findings: page.rows,
      nextCursor: next < leaks.count ? String(next) : "",
      targetsExamined: UInt32(
        clamping: examined.count(where: { $0.examination.failure.isEmpty })
      ),
      notes: Array(notes.prefix(FleetLimits.notes))
    )
  }

  /// Which snapshots were looked at where there are more: one sentence for all targets alike.
  private static func notes(ofLeftOut selections: [LeakQuestion.Selection]) -> [String] {
    let targetCounts = selections.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return targetCounts.sorted { $0.key.total < $1.key.total }.map { selection, count in
      let numbers = selection.numbers.map(String.init).joined(separator: ", ")
      return "of \(selection.total) snapshots \(selection.numbers.count) are looked at, on "
        + "\(count) target\(count == 1 ? "" : "s"): in order of time number \(numbers)"
    }
  }

  private func check(_ request: FindLeaksRequest) throws(QueryError) {
    guard request.series.isEmpty else { return }
    let allowed = LeakQuestion.countRange
    guard allowed.contains(Int(request.last)) else {
      throw QueryError(
        .invalid,
        "name a series, or how many of the last snapshots to compare: \(allowed.lowerBound) to "
          + "\(allowed.upperBound)"
      )
    }
  }

  /// What to look at on each target; a target without enough snapshots is noted.
  private func questions(
    _ request: FindLeaksRequest,
    _ notes: inout [String]
  ) async throws -> [(LeakQuestion, TargetRecord)] {
    var questions: [(LeakQuestion, TargetRecord)] = []
    for target in try await targets(request.choice, includesGone: true) {
      let filter = UploadFilter(
        kind: .snapshot,
        states: [.complete],
        series: request.series.isEmpty ? nil : request.series,
        targets: TargetFilter(id: target.description.id)
      )
      let uploads = try await storing {
        try await metadata.uploads(filter, before: nil, limit: 64).map(\.upload)
      }
      let id = target.description.id
      let question =
        request.series.isEmpty
        ? LeakQuestion(last: Int(request.last), of: uploads, on: id)
        : LeakQuestion(series: uploads, on: id)
      if let question {
        questions.append((question, target))
      } else if target.description.state != .gone || uploads.isEmpty == false {
        let wanted =
          request.series.isEmpty ? Int(request.last) : LeakQuestion.minimumCount
        notes.append(
          "\(target.description.displayName): \(uploads.count) complete snapshots, "
            + "\(wanted) are needed"
        )
      }
    }
    return questions
  }

  /// The examinations, waiting as long as was asked for those that are not made yet.
  private func examinations(
    of questions: [(LeakQuestion, TargetRecord)],
    _ request: FindLeaksRequest,
    _ notes: inout [String]
  ) async throws -> [LeakMerge.Examined] {
    for (question, _) in questions where try await examination(question) == nil {
      try await storing { try await analysis.enqueueExamination(question) }
    }
    let wait = min(Int(request.waitMilliseconds), FleetLimits.analysisWaitMilliseconds)
    let end = clock.now() + UInt64(wait) * millisecond
    var examined: [LeakMerge.Examined] = []
    for (question, target) in questions {
      let found = try await analysis.results.wait(for: question.key, until: end, clock: clock) {
        try await examination(question)
      }
      guard let found else {
        notes.append("\(target.description.displayName): not examined yet")
        continue
      }
      if found.failure.isEmpty == false {
        notes.append("\(target.description.displayName): \(found.failure)")
      }
      examined.append(LeakMerge.Examined(target: target, examination: found))
    }
    return examined
  }

  private func examination(_ question: LeakQuestion) async throws -> ExaminationRecord? {
    try await storing {
      try await metadata.examination(
        of: question.targetID,
        snapshotIDs: question.snapshotIDs,
        version: LeakExaminer.version
      )
    }
  }
}

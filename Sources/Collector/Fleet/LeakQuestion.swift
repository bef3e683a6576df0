internal import Cryptography
package import HeapModel
package import Store

/// Which snapshots of one target are looked at for leaks, oldest first.
package struct LeakQuestion: Hashable, Sendable {
  package var targetID: TargetID
  package var snapshotIDs: [String]
  /// What was left out of a longer series; nil where nothing was, and in a job that is done later.
  package private(set) var selection: Selection?

  /// Which of more snapshots are looked at.
  package struct Selection: Hashable, Sendable {
    /// Their numbers in order of time, from one.
    package var numbers: [Int]
    /// Of how many.
    package var total: Int
  }

  /// Growth shows with three; more than six heaps at once tell little more and take memory each:
  /// which objects are new, and what holds them, is found out with all of them together.
  ///
  /// Of a longer series six are looked at, spread over the whole of it.
  package static let minimumCount = 3
  package static let maximumCount = 6
  /// As many as a series can have.
  package static let countRange = minimumCount...Int(CapturePlan.maximumSteps)

  package init(targetID: TargetID, snapshotIDs: [String]) {
    self.targetID = targetID
    self.snapshotIDs = snapshotIDs
  }

  /// The snapshots of a series that belong together; nil while they are fewer than three.
  ///
  /// A series that was taken again under the same name has several runs: the last one whose ids
  /// hold from step to step is what was meant, if it is long enough.
  package init?(series uploads: [UploadRecord], on targetID: TargetID) {
    let steps = uploads.filter { $0.targetID == targetID && $0.state == .complete }
      .sorted { ($0.startedAt, $0.step) < ($1.startedAt, $1.step) }
    let run = steps.reversed().prefix { step in
      guard let epoch = step.epoch, let last = steps.last?.epoch else { return false }
      return last.allowsComparisonByID(with: epoch)
    }
    let chosen = run.count >= Self.minimumCount ? Array(run.reversed()) : steps
    guard chosen.count >= Self.minimumCount else { return nil }
    self.init(targetID: targetID, spreadOver: chosen)
  }

  /// The last `count` complete snapshots, whatever series they are of; nil for fewer.
  package init?(last count: Int, of uploads: [UploadRecord], on targetID: TargetID) {
    let steps = uploads.filter { $0.targetID == targetID && $0.state == .complete }
      .sorted { ($0.startedAt, $0.step) < ($1.startedAt, $1.step) }
    guard count >= Self.minimumCount, steps.count >= count else { return nil }
    self.init(targetID: targetID, spreadOver: steps.suffix(count))
  }

  /// The first, the last, and as many between them as there may be.
  private init(targetID: TargetID, spreadOver steps: some Collection<UploadRecord>) {
    let ids = steps.map(\.id)
    guard ids.count > Self.maximumCount else {
      self.init(targetID: targetID, snapshotIDs: ids)
      return
    }
    let chosen = (0..<Self.maximumCount).map { $0 * (ids.count - 1) / (Self.maximumCount - 1) }
    self.init(targetID: targetID, snapshotIDs: chosen.map { ids[$0] })
    selection = Selection(numbers: chosen.map { $0 + 1 }, total: ids.count)
  }

  static func ofSeries(
    _ name: String,
    on targetID: TargetID,
    in metadata: any MetadataStore
  ) async throws(StoreError) -> LeakQuestion? {
    let filter = UploadFilter(
      kind: .snapshot,
      states: [.complete],
      series: name,
      targets: TargetFilter(id: targetID)
    )
    let uploads = try await metadata.uploads(filter, before: nil, limit: 64)
    return LeakQuestion(series: uploads.map(\.upload), on: targetID)
  }

  // MARK: - As a job

  /// The same question is the same job.
  var key: String {
    let digest = SHA256.digest(of: Array(snapshotIDs.joined(separator: ",").utf8))
    return "\(AnalysisService.JobKind.examination)/\(targetID)/\(digest)"
  }

  var payload: [UInt8] {
    Array(([targetID.description] + snapshotIDs).joined(separator: ",").utf8)
  }

  init?(payload: [UInt8]) {
    let parts = String(decoding: payload, as: UTF8.self).split(separator: ",").map(String.init)
    guard let first = parts.first, let id = TargetID(first) else { return nil }
    self.init(targetID: id, snapshotIDs: Array(parts.dropFirst()))
  }
}

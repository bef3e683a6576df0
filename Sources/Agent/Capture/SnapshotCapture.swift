internal import FleetProtocol
internal import Glibc
internal import HeapModel
internal import InspectorProtocols
internal import Synchronization

/// One snapshot on its way from a session to the spool.
///
/// The session's loop feeds it text, which becomes blocks at once; the task that calls `run` writes
/// them to the spool. Between the two wait a few blocks at most, and then the socket waits for the
/// disk. The network is never waited for.
final class SnapshotCapture: RequestReceiver {
  enum Outcome: Sendable {
    /// It is in the spool, whole; `EarlierCapture` is what the next estimate is made from.
    case complete(EarlierCapture)
    case failed(Failure)
  }

  struct Failure: Error, Sendable, Hashable {
    var code: RefusalCode
    var reason: String
  }

  private enum Item: Sendable {
    case piece(SnapshotPipeline.Piece)
    case progress(done: UInt64, total: UInt64)
    case ended(SnapshotReport, SnapshotPipeline.Totals)
    case failed(Failure)
  }

  /// Bytes of blocks that may wait for the disk.
  private static let waitingLimit = 4 << 20

  private let upload: BeginUpload
  private let spool: Spool
  private let queue = BoundedQueue<Item>(costLimit: waitingLimit)
  /// Used by the session's loop only.
  ///
  /// Nil once the text is over or of no use.
  private let pipeline: Mutex<Confined<SnapshotPipeline>?>

  init(_ upload: BeginUpload, engine: HeapEngine, spool: Spool) throws(SnapshotError) {
    self.upload = upload
    self.spool = spool
    let queue = queue
    pipeline = Mutex(
      Confined(
        try SnapshotPipeline(engine: engine) { piece in
          let cost = if case .block(let block) = piece { block.payload.count } else { 0 }
          queue.put(.piece(piece), cost: cost)
        }
      )
    )
  }

  // MARK: In the session's loop

  func receive(_ action: SessionAction) {
    switch action {
    case .snapshotBytes(_, let text): consume(text)
    case .snapshotProgress(_, let done, let total):
      queue.put(.progress(done: done, total: total), cost: 0)
    case .snapshotEnded(_, let report): end(report)
    case .failed(_, let failure): end(with: Failure(failure))
    default: break
    }
  }

  func waitForRoom() async {
    await queue.waitForRoom()
  }

  /// Text that cannot be read is passed over from there on, at full speed: the runtime would keep
  /// in its own memory what we do not take.
  private func consume(_ text: [UInt8]) {
    pipeline.withLock { pipeline in
      do throws(SnapshotError) {
        try pipeline?.value.consume(text)
      } catch {
        pipeline = nil
        queue.put(.failed(Failure(code: .malformed, reason: error.description)), cost: 0)
      }
    }
  }

  private func end(_ report: SnapshotReport) {
    pipeline.withLock { pipeline in
      do throws(SnapshotError) {
        guard let totals = try pipeline?.value.finish(with: report.collections) else { return }
        queue.put(.ended(report, totals), cost: 0)
      } catch {
        queue.put(.failed(Failure(code: .malformed, reason: error.description)), cost: 0)
      }
      pipeline = nil
    }
    queue.finish()
  }

  private func end(with failure: Failure) {
    pipeline.withLock { $0 = nil }
    queue.put(.failed(failure), cost: 0)
    queue.finish()
  }

  /// Gives it up from outside: the rest of the text is passed over.
  func giveUp(_ failure: Failure) {
    end(with: failure)
  }

  // MARK: In the command's task

  /// Writes what comes until the snapshot is whole in the spool, or will not be.
  ///
  /// - Parameter progress: nodes done, and how many there will be (0 where that is not known).
  func run(
    isolation: isolated (any Actor)? = #isolation,
    _ progress: (UInt64, UInt64) async -> Void
  ) async -> Outcome {
    do {
      while let item = await queue.next() {
        switch item {
        case .piece(let piece): try await write(piece)
        case .progress(let done, let total): await progress(done, total)
        case .ended(let report, let totals): return try await complete(report, totals)
        case .failed(let failure): throw failure
        }
      }
      throw Failure(code: .malformed, reason: "the snapshot came to no end")
    } catch {
      return .failed(await cut(error))
    }
  }

  private func write(_ piece: SnapshotPipeline.Piece) async throws(SpoolError) {
    switch piece {
    case .begin(let format):
      var upload = upload
      upload.format = format
      try await spool.begin(upload, at: nanoseconds(CLOCK_REALTIME))
    case .block(let block):
      try await spool.append(block, to: upload.uploadID)
    }
  }

  private func complete(
    _ report: SnapshotReport,
    _ totals: SnapshotPipeline.Totals
  ) async throws(SpoolError) -> Outcome {
    let commit = CommitUpload(
      uploadID: upload.uploadID,
      blockCount: totals.blockCount,
      rawSize: totals.rawSize,
      sha256: totals.digest,
      complete: true,
      nodeCount: totals.nodeCount,
      edgeCount: totals.edgeCount,
      textBytes: report.byteCount,
      endedAt: nanoseconds(CLOCK_REALTIME),
      epoch: report.identity,
      pauseNanoseconds: report.pauseNanoseconds
    )
    try await spool.end(commit)
    return .complete(
      EarlierCapture(
        heapUsed: report.usageBefore.used,
        nodeCount: totals.nodeCount,
        pauseMilliseconds: report.pauseNanoseconds / 1_000_000
      )
    )
  }

  /// What is in the spool so far leaves only its reason there.
  private func cut(_ error: any Error) async -> Failure {
    let failure =
      switch error {
      case let failure as Failure: failure
      case let error as SpoolError:
        Failure(code: error.code == .full ? .spoolFull : .spoolFailed, reason: error.message)
      default: Failure(code: .malformed, reason: "\(error)")
      }
    pipeline.withLock { $0 = nil }
    // The session may wait for room, and a dying program for the session.
    queue.abandon()
    try? await spool.cut(upload.uploadID, CutReason(failure.code))
    return failure
  }
}

extension SnapshotCapture.Failure {
  init(_ failure: SessionFailure) {
    self.init(code: RefusalCode(failure.code), reason: failure.message)
  }
}

extension RefusalCode {
  init(_ code: SessionFailure.Code) {
    self =
      switch code {
      case .unsupported: .notSupported
      case .busy: .busy
      case .inUse: .inUse
      case .interrupted: .interrupted
      case .noAnswer: .noAnswer
      case .sessionOver: .targetGone
      }
  }
}

/// A value that one task at a time uses, which its owner sees to.
struct Confined<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) {
    self.value = value
  }
}

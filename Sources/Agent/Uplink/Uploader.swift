internal import FleetProtocol
internal import GRPCTransport
internal import Log

/// Brings uploads from the spool to the collector, while they are still being written.
///
/// One block is under way at a time: the next one is sent when the collector has answered that this
/// one is on its disk. So whatever ends in between, at most one block is sent twice, and the order
/// of blocks needs no repair. Where an upload goes on is what the collector says.
actor Uploader {
  private let link: CollectorLink
  private let spool: Spool
  private let log: Logger
  /// Where the collector stands with each upload it was asked about since the last trouble.
  private var positions: [String: UploadPosition] = [:]

  private static let deadline = Duration.seconds(60)

  init(link: CollectorLink, spool: Spool, log: Logger) {
    self.link = link
    self.spool = spool
    self.log = log
  }

  /// Runs until its task is cancelled.
  func run() async {
    var backoff = Backoff()
    while !Task.isCancelled {
      let seen = spool.changedUploads.count
      do {
        for upload in await spool.uploads() { try await advance(upload.id) }
        backoff.reset()
        await spool.changedUploads.wait(beyond: seen)
      } catch {
        log.debug("an upload waits", ["reason": "\(error)"])
        positions = [:]
        try? await Task.sleep(for: backoff.next())
      }
    }
  }

  /// Sends of an upload what there is.
  ///
  /// - Throws: `RPCError` when the collector is away or has no room, `SpoolError` when the disk
  ///   fails; both may be over later.
  private func advance(_ id: String) async throws {
    do {
      try await send(id)
    } catch let error as RPCError where !error.mayPass {
      log.error("the collector does not take an upload", ["upload": id, "reason": error.message])
      try await giveUp(id)
    } catch let error as SpoolError where error.code == .damaged {
      log.error("an upload was changed on disk", ["upload": id, "reason": error.message])
      try await spool.markDamaged(id)
    }
  }

  private func giveUp(_ id: String) async throws(SpoolError) {
    positions[id] = nil
    try await spool.giveUp(id)
  }

  private func send(_ id: String) async throws {
    var position = try await begin(id)
    while !position.committed, let block = try await spool.block(position.nextIndex, of: id) {
      position = try await put(block, of: id)
    }
    guard let upload = await spool.status(of: id) else { return }
    if !position.committed {
      guard let commit = try await commit(upload, at: position) else { return }
      let method = FleetMethods.Uploads.commit
      position = try await call(method, Payload(commit.encoded()))
      positions[id] = position
      guard position.committed else { throw RPCError(.aborted, "the commit did not follow on") }
    }
    positions[id] = nil
    try await spool.remove(id)
  }

  private func begin(_ id: String) async throws -> UploadPosition {
    if let position = positions[id] { return position }
    let begin = try await spool.beginSending(id)
    let position = try await call(FleetMethods.Uploads.begin, Payload(begin))
    positions[id] = position
    return position
  }

  private func put(_ block: SpooledBlock, of id: String) async throws -> UploadPosition {
    let message = PutBlock(
      uploadID: id,
      index: block.index,
      offset: block.offset,
      rawSize: block.rawSize,
      kind: block.kind,
      sha256: block.digest,
      payload: block.payload
    )
    let pieces = message.encodedInPieces()
    let payload = Payload(capacity: pieces.head.count + pieces.payload.count) { buffer in
      buffer.copyBytes(from: pieces.head)
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[pieces.head.count...])
      rest.copyBytes(from: pieces.payload)
      return buffer.count
    }
    let position = try await call(FleetMethods.Uploads.put, payload)
    positions[id] = position
    guard position.accepted || position.nextIndex != block.index else {
      throw RPCError(.dataLoss, "block \(block.index) follows on in our eyes and not in theirs")
    }
    return position
  }

  private func call<Request>(
    _ method: FleetMethod<Request, UploadPosition>,
    _ payload: consuming Payload
  ) async throws(RPCError) -> UploadPosition {
    try await link.call(method, payload, deadline: Self.deadline)
  }

  /// What ends an upload of which everything was sent; nil while more is to come.
  private func commit(
    _ upload: SpoolContents.UploadStatus,
    at position: UploadPosition
  ) async throws -> CommitUpload? {
    switch try UploadEnding(of: upload, at: position) {
    case .notYet: return nil
    case .whole: return try await spool.end(of: upload.id).map { try CommitUpload(decoding: $0) }
    case .cut(let reason):
      let digests = try? await spool.digests(of: upload.id, count: position.nextIndex)
      return CommitUpload(
        uploadID: upload.id,
        blockCount: position.nextIndex,
        rawSize: position.nextOffset,
        sha256: UploadDigest.digest(of: digests ?? []),
        complete: false,
        reason: reason.code
      )
    }
  }
}

/// How an upload ends of which the collector has the blocks before a position.
enum UploadEnding: Hashable {
  /// Blocks are missing there, or are still being made.
  case notYet
  case whole
  case cut(CutReason)

  /// - Parameter upload: its status after the position was told. More may have been written between
  ///   the two.
  init(
    of upload: SpoolContents.UploadStatus,
    at position: UploadPosition
  ) throws(SpoolError) {
    if let reason = upload.cut {
      self = .cut(reason)
      return
    }
    guard position.nextIndex <= upload.blockCount else {
      throw SpoolError(.damaged, "the collector has more of \(upload.id) than the spool")
    }
    self = upload.isWhole && position.nextIndex == upload.blockCount ? .whole : .notYet
  }
}

extension RPCError {
  /// Whether the same message may be welcome later.
  fileprivate var mayPass: Bool {
    switch code {
    case .invalidArgument, .failedPrecondition, .outOfRange, .notFound, .alreadyExists,
      .unimplemented, .dataLoss:
      false
    default: true
    }
  }
}

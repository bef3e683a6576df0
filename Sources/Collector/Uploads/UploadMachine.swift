package import Cryptography
package import FleetProtocol
package import HeapModel
package import Store

/// The course of one upload: begin, blocks without gaps, commit; each may come any number of times.
///
/// No store or clock inside. It is told what arrived and answers what to do; whoever performs an
/// answer handles one message of an upload at a time. A message that does not follow on from what
/// is held changes nothing and is answered with where to go on.
package struct UploadMachine: Sendable {
  package struct Limits: Sendable {
    /// Bytes of all blocks before compression.
    ///
    /// No engine's snapshot that can be analysed is larger.
    package var rawBytes: UInt64 = 8 << 30
    package var blocks: UInt32 = 65_536
    /// A frame of incompressible bytes is a little larger than they are.
    package var payload = FleetLimits.block + FleetLimits.block / 128 + 1_024

    package init() {}
  }

  package enum OnBegin: Hashable, Sendable {
    /// Write this new upload down, then answer with `position(accepted: true)`.
    case create(UploadRecord)
    case answer(UploadPosition)
    /// It belongs to somebody else.
    case refuse(String)
  }

  package enum OnBlock: Hashable, Sendable {
    /// Store the payload under its digest and the block with it, then say so with `stored`.
    case store(BlockRecord)
    case answer(UploadPosition)
    /// The same bytes will never be welcome.
    case refuse(String)
  }

  package enum OnCommit: Hashable, Sendable {
    /// Write the upload's end down, then say so with `ended`.
    case end(UploadRecord)
    case answer(UploadPosition)
    case refuse(String)
  }

  /// The upload as it is stored.
  package private(set) var upload: UploadRecord
  /// The digests of the blocks that are stored: a repeated block is known by it, and the commit's
  /// digest is computed over them.
  private var digests: [Digest]
  private let limits: Limits

  /// Goes on with an upload that is stored, with the digests of all its blocks.
  package init(_ upload: UploadRecord, digests: [Digest], limits: Limits = Limits()) {
    self.upload = upload
    self.digests = digests
    self.limits = limits
  }

  package func position(accepted: Bool) -> UploadPosition {
    UploadPosition(
      nextIndex: upload.blockCount,
      nextOffset: upload.rawBytes,
      committed: upload.state != .running,
      accepted: accepted
    )
  }

  // MARK: - Begin

  package static func begin(
    _ message: BeginUpload,
    known machine: UploadMachine?,
    now: UnixNanoseconds
  ) -> OnBegin {
    guard let machine else { return .create(UploadRecord(message, receivedAt: now)) }
    guard machine.upload.agentID == message.agentID else {
      return .refuse("upload \(message.uploadID) belongs to another agent")
    }
    return .answer(machine.position(accepted: true))
  }

  // MARK: - Blocks

  /// A block came; `digest` is what its payload really has.
  package func received(_ block: PutBlock, digest: Digest) -> OnBlock {
    guard Digest(bytes: block.sha256) == digest else {
      return .refuse("block \(block.index) does not have the digest it says: damaged on its way")
    }
    guard block.rawSize > 0, block.payload.isEmpty == false, block.payload.count <= limits.payload
    else {
      return .refuse(
        "block \(block.index) has \(block.rawSize) bytes in \(block.payload.count), which no "
          + "block has"
      )
    }
    if block.index < upload.blockCount {
      let index = Int(block.index)
      // An upload that was given up has lost its blocks.
      return .answer(position(accepted: index < digests.count && digests[index] == digest))
    }
    guard upload.state == .running, block.index == upload.blockCount,
      block.offset == upload.rawBytes
    else {
      return .answer(position(accepted: false))
    }
    guard block.index < limits.blocks,
      upload.rawBytes + UInt64(block.rawSize) <= limits.rawBytes
    else {
      return .refuse(
        "upload \(upload.id) is larger than the \(limits.rawBytes >> 20) MiB in \(limits.blocks) "
          + "blocks that are taken"
      )
    }
    return .store(
      BlockRecord(
        index: block.index,
        offset: block.offset,
        rawSize: block.rawSize,
        storedSize: UInt32(block.payload.count),
        kind: block.kind,
        blob: digest
      )
    )
  }

  /// A block is stored; `upload` is what the store now has.
  package mutating func stored(_ block: BlockRecord, upload: UploadRecord) {
    self.upload = upload
    digests.append(block.blob)
  }

  // MARK: - Commit

  package func received(_ commit: CommitUpload, now: UnixNanoseconds) -> OnCommit {
    let isWhole = commit.blockCount == upload.blockCount && commit.rawSize == upload.rawBytes
    let isSame = isWhole && Digest(bytes: commit.sha256) == digestOfAll
    guard upload.state == .running else { return .answer(position(accepted: isSame)) }
    guard isWhole else { return .answer(position(accepted: false)) }
    // What was cut short may have lost its blocks at the sender, which then knows no digest.
    guard isSame || commit.complete == false else {
      return .refuse("the digest over all blocks of \(upload.id) is not what was committed")
    }
    guard upload.blockCount > 0 || commit.complete == false else {
      return .refuse("upload \(upload.id) cannot be complete without any block")
    }
    return .end(ended(commit, now: now))
  }

  /// The upload's end is written down; `upload` is what the store now has.
  package mutating func ended(_ upload: UploadRecord) {
    self.upload = upload
  }

  private var digestOfAll: Digest {
    var hash = SHA256()
    for digest in digests { hash.update(digest.bytes) }
    return hash.finish()
  }

  private func ended(_ commit: CommitUpload, now: UnixNanoseconds) -> UploadRecord {
    var upload = upload
    upload.state = commit.complete ? .complete : .incomplete
    upload.reason =
      commit.complete ? "" : commit.reason.isEmpty ? "it was cut short" : commit.reason
    upload.nodeCount = commit.nodeCount
    upload.edgeCount = commit.edgeCount
    upload.textBytes = commit.textBytes
    upload.endedAt = commit.endedAt
    upload.epoch = commit.epoch
    upload.pauseNanoseconds = commit.pauseNanoseconds
    upload.touchedAt = now
    return upload
  }
}

extension UploadRecord {
  init(_ message: BeginUpload, receivedAt: UnixNanoseconds) {
    self.init(
      id: message.uploadID,
      kind: UploadRecord.Kind(message.kind),
      agentID: message.agentID,
      targetID: message.targetID,
      commandID: message.commandID,
      series: message.series,
      step: message.step,
      format: message.format,
      redaction: message.redaction,
      isForced: message.isForced,
      inCompany: message.inCompany,
      startedAt: message.startedAt,
      receivedAt: receivedAt
    )
  }
}

extension UploadRecord.Kind {
  init(_ kind: BeginUpload.Kind) {
    self =
      switch kind {
      case .snapshot: .snapshot
      case .profile: .profile
      case .measurement: .measurement
      }
  }
}

internal import Compression
internal import Cryptography
internal import FleetProtocol
internal import Glibc
internal import HeapModel
internal import InspectorProtocols

extension CommandDesk {
  func sample(_ action: Sample, _ command: Command) async -> Outcome {
    if let refusal = LengthLimits.sampling.refusal(of: action.durationMilliseconds) {
      return .refused(.notSupported, refusal)
    }
    do throws(Unfit) {
      let target = try await fitTarget(command.targetID, needing: .sampling)
      let interval =
        action.intervalBytes > 0 ? action.intervalBytes : SamplingDefaults.intervalBytes
      if case .failed(_, let failure) = await target.heap.ask(
        .startSampling(intervalBytes: interval)
      ) {
        return Self.outcome(of: failure)
      }
      await tell(CommandUpdate(command, .running))
      let hadCompany = await watch.find(command.targetID)?.hasCompany ?? false
      try? await Task.sleep(for: .milliseconds(Int64(clamping: action.durationMilliseconds)))
      switch await target.heap.ask(.stopSampling) {
      case .profile(_, let profile):
        return await keep(profile, action, command, hadCompany: hadCompany)
      case .failed(_, let failure) where failure.code == .unsupported:
        // It was opened, so the session has lost it with the program that it was of.
        return Self.outcome(
          of: SessionFailure(.interrupted, "the program was loaded anew, and its samples are gone")
        )
      case .failed(_, let failure):
        return .failed(RefusalCode(failure.code), failure.message)
      default: return .failed(.malformed, "the session answered something else")
      }
    } catch {
      return error.outcome
    }
  }

  /// Puts a profile into the spool, in parts that are each a block.
  private func keep(
    _ profile: SamplingProfile,
    _ action: Sample,
    _ command: Command,
    hadCompany: Bool
  ) async -> Outcome {
    let upload = BeginUpload(
      uploadID: action.uploadID,
      kind: .profile,
      agentID: spool.agentID,
      targetID: command.targetID,
      commandID: command.id,
      startedAt: profile.startedAt,
      inCompany: hadCompany
    )
    let depth = action.stackDepth > 0 ? Int(action.stackDepth) : SamplingDefaults.stackDepth
    let parts = profile.trimmed(toDepth: depth).parts()
    return await keep(parts, upload, endedAt: profile.endedAt)
  }

  /// Puts what a command came to into the spool, each message a block.
  func keep(
    _ parts: some Sequence<some FleetMessage>,
    _ upload: BeginUpload,
    endedAt: UnixNanoseconds
  ) async -> Outcome {
    do {
      let blocks = try Self.blocks(of: parts)
      try await spool.begin(upload, at: nanoseconds(CLOCK_REALTIME))
      for block in blocks { try await spool.append(block, to: upload.uploadID) }
      try await spool.end(
        CommitUpload(
          uploadID: upload.uploadID,
          blockCount: UInt32(blocks.count),
          rawSize: blocks.reduce(0) { $0 + UInt64($1.rawSize) },
          sha256: UploadDigest.digest(of: blocks.map(\.digest)),
          complete: true,
          endedAt: endedAt
        )
      )
      return .done(upload: upload.uploadID)
    } catch {
      let isFull = (error as? SpoolError)?.code == .full
      try? await spool.cut(upload.uploadID, CutReason(isFull ? .spoolFull : .spoolFailed))
      return .failed(isFull ? .spoolFull : .spoolFailed, "\(error)")
    }
  }

  private static func blocks(
    of parts: some Sequence<some FleetMessage>
  ) throws(CompressionError) -> [SpooledBlock] {
    var compressor = try ZstdBlockCompressor()
    var blocks: [SpooledBlock] = []
    var offset: UInt64 = 0
    for part in parts {
      let bytes = part.encoded()
      let payload = try compressor.compress(bytes)
      blocks.append(
        SpooledBlock(
          index: UInt32(blocks.count),
          offset: offset,
          rawSize: UInt32(bytes.count),
          kind: 0,
          digest: SHA256.digest(of: payload).bytes,
          payload: payload
        )
      )
      offset += UInt64(bytes.count)
    }
    return blocks
  }
}

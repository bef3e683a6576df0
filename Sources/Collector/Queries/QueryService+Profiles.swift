internal import Compression
package import FleetProtocol
internal import HeapModel
internal import Store

extension QueryService {
  /// Sends one profile, merged over those that are asked for, in parts.
  package func readProfile(
    _ request: ReadProfileRequest,
    _ send: (ProfileReply) async throws -> Void
  ) async throws {
    let uploads = try await profiles(request)
    guard uploads.isEmpty == false else {
      throw QueryError(.notFound, "there is no profile of these targets; take one first")
    }
    var merge = ProfileMerge(
      maximumNodes: FleetLimits.profileNodes,
      maximumFrames: FleetLimits.profileFrames
    )
    for upload in uploads { merge.add(try await profile(upload), of: upload.targetID) }
    guard let profile = merge.profile else { return }
    for part in profile.parts() {
      try await send(
        ProfileReply(
          part: part,
          mergedTargets: UInt32(clamping: merge.mergedTargets.count),
          leftOutTargets: UInt32(clamping: merge.leftOutTargets.count)
        )
      )
    }
  }

  /// The profiles that are asked for: by name, or all since a time, or the last of each target.
  private func profiles(_ request: ReadProfileRequest) async throws(QueryError) -> [UploadRecord] {
    guard request.profileIDs.isEmpty else {
      var found: [UploadRecord] = []
      for id in request.profileIDs {
        let upload = try await storing { try await metadata.upload(id) }
        guard let upload, upload.kind == .profile, upload.state == .complete else {
          throw QueryError(.notFound, "there is no profile \(id)")
        }
        found.append(upload)
      }
      return found
    }
    let filter = UploadFilter(
      kind: .profile,
      states: [.complete],
      targets: try filter(request.choice, includesGone: true),
      since: request.since
    )
    let newest = try await storing {
      try await metadata.uploads(filter, before: nil, limit: FleetLimits.profiles + 1)
    }
    guard request.since == 0 else {
      guard newest.count <= FleetLimits.profiles else {
        throw QueryError(
          .notPossible,
          "more than \(FleetLimits.profiles) profiles were taken since then: ask for a shorter "
            + "time, or for fewer targets"
        )
      }
      return newest.map(\.upload)
    }
    var seen: Set<TargetID> = []
    return newest.map(\.upload).filter { seen.insert($0.targetID).inserted }
  }

  private func profile(_ upload: UploadRecord) async throws -> SamplingProfile {
    var assembler = ProfileAssembler()
    do {
      try await eachMessage(ProfilePart.self, of: upload) { try assembler.append($0) }
      return try assembler.finish()
    } catch let error as FleetError {
      throw QueryError(.notPossible, "profile \(upload.id) cannot be read: \(error)")
    }
  }

  /// What was measured, by its name.
  package func readMeasurement(
    _ request: ReadMeasurementRequest
  ) async throws -> Measurement {
    let id = request.measurementID
    let upload = try await storing { try await metadata.upload(id) }
    var measurement: Measurement?
    if let upload, upload.kind == .measurement, upload.state == .complete {
      try await eachMessage(Measurement.self, of: upload, limit: 1) { measurement = $0 }
    }
    guard let measurement else { throw QueryError(.notFound, "there is no measurement \(id)") }
    return measurement
  }

  /// Hands on the messages of an upload, each a block, one after the other: together they may be
  /// more than there is memory for.
  private func eachMessage<Message: FleetMessage>(
    _: Message.Type,
    of upload: UploadRecord,
    limit: Int = .max,
    _ receive: (Message) throws -> Void
  ) async throws {
    let blocks = try await storing {
      try await metadata.blocks(of: upload.id, from: 0, limit: min(Int(upload.blockCount), limit))
    }
    for block in blocks {
      let packed = try await storing { try await blobs.get(block.blob) }
      let message: Message
      do {
        message = try Message(
          decoding: try Zstd.inflate(packed, exactSize: Int(block.rawSize))
        )
      } catch {
        throw QueryError(.notPossible, "\(upload.kind) \(upload.id) cannot be read: \(error)")
      }
      try receive(message)
    }
  }
}

/// One frame at a time, for what is small or rare.
enum Zstd {
  /// - Throws: for a frame that does not hold exactly so many bytes; inflating stops one beyond.
  static func inflate(_ frame: [UInt8], exactSize: Int) throws(CompressionError) -> [UInt8] {
    var decompressor = try ZstdBlockDecompressor()
    return try decompressor.decompress(frame, exactSize: exactSize)
  }
}

internal import Cryptography
package import FleetProtocol
package import HeapModel
package import Store
internal import Synchronization

/// Is told what of uploads has become durable.
package protocol UploadObserver: Sendable {
  /// A block is stored. `payload` is what came, so that decoding needs no read.
  func stored(_ block: BlockRecord, payload: [UInt8], of upload: UploadRecord) async
  /// An upload has ended, whole or not.
  func ended(_ upload: UploadRecord) async
}

/// Takes uploads: performs what `UploadMachine` decides, and answers when it is on the disk.
///
/// What it throws is a `Refusal`.
///
/// The messages of one upload are handled one after the other, those of different uploads at the
/// same time. Machines of idle uploads are let go and built again from the store.
package actor UploadService {
  /// Why a message is not taken.
  package struct Refusal: Error, Hashable, CustomStringConvertible {
    package enum Code: Hashable, Sendable {
      /// The same message will never be welcome.
      case malformed
      /// It belongs to somebody else.
      case foreign
      /// Begin first.
      case unknown
      /// There is no room; later there may be.
      case full
      case unavailable
    }

    package var code: Code
    package var description: String

    package init(_ code: Code, _ description: String) {
      self.code = code
      self.description = description
    }
  }

  private let metadata: any MetadataStore
  private let blobs: any BlobStore
  private let clock: any CollectorClock
  private let room: any RoomGauge
  private let inspect: @Sendable (PutBlock) throws -> Void
  private let observer: any UploadObserver
  private let limits: UploadMachine.Limits

  private var machines: [String: UploadMachine] = [:]
  /// The uploads of which a message is being handled, and those who wait for their turn.
  private var busy: Set<String> = []
  private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]
  /// Machines by their last use, oldest first; some hundred are kept.
  private var recent: [String] = []
  private static let machinesKept = 256

  /// - Parameter inspect: refuses a block that is not what it says inside, by throwing.
  package init(
    metadata: any MetadataStore,
    blobs: any BlobStore,
    clock: any CollectorClock,
    room: any RoomGauge,
    limits: UploadMachine.Limits = UploadMachine.Limits(),
    inspect: @escaping @Sendable (PutBlock) throws -> Void = { _ in },
    observer: any UploadObserver
  ) {
    self.metadata = metadata
    self.blobs = blobs
    self.clock = clock
    self.room = room
    self.limits = limits
    self.inspect = inspect
    self.observer = observer
  }

  // MARK: - Messages

  package func begin(_ message: BeginUpload) async throws -> UploadPosition {
    await enter(message.uploadID)
    defer { leave(message.uploadID) }
    let known = try await machine(message.uploadID)
    switch UploadMachine.begin(message, known: known, now: clock.now()) {
    case .answer(let position):
      return position
    case .refuse(let reason):
      throw Refusal(.foreign, reason)
    case .create(let upload):
      try checkRoom(isNew: true)
      let stored = try await storing {
        try await metadata.beginUpload(upload)
      }
      let machine = UploadMachine(stored, digests: [], limits: limits)
      keep(machine)
      return machine.position(accepted: true)
    }
  }

  package nonisolated func put(_ block: PutBlock) async throws -> UploadPosition {
    // Not on the actor: this is the work.
    try await put(block, digest: SHA256.digest(of: block.payload))
  }

  private func put(_ block: PutBlock, digest: Digest) async throws -> UploadPosition {
    await enter(block.uploadID)
    defer { leave(block.uploadID) }
    var machine = try await known(block.uploadID)
    switch machine.received(block, digest: digest) {
    case .answer(let position):
      return position
    case .refuse(let reason):
      throw Refusal(.malformed, reason)
    case .store(let record):
      try checkRoom(isNew: false)
      try await checkInside(block)
      let upload = try await storing {
        try await blobs.put(block.payload, named: digest)
        return try await metadata.addBlock(record, to: block.uploadID, at: clock.now())
      }
      machine.stored(record, upload: upload)
      keep(machine)
      await observer.stored(record, payload: block.payload, of: upload)
      return machine.position(accepted: true)
    }
  }

  package func commit(_ message: CommitUpload) async throws -> UploadPosition {
    await enter(message.uploadID)
    defer { leave(message.uploadID) }
    var machine = try await known(message.uploadID)
    switch machine.received(message, now: clock.now()) {
    case .answer(let position):
      return position
    case .refuse(let reason):
      throw Refusal(.malformed, reason)
    case .end(let upload):
      let ended = try await storing {
        try await metadata.endUpload(upload)
      }
      machine.ended(ended)
      keep(machine)
      await observer.ended(ended)
      return machine.position(accepted: true)
    }
  }

  // MARK: - Ends that no commit brings

  /// Writes down that a capture came to nothing or to a part; one that has ended stays as it is.
  package func end(_ act: ActRecord, as state: CaptureState, reason: String) async throws {
    await enter(act.uploadID)
    defer { leave(act.uploadID) }
    let known = try await machine(act.uploadID)?.upload
    var upload = known ?? UploadRecord(act, at: clock.now())
    // What has come of it makes a refused capture an incomplete one.
    upload.state = upload.blockCount > 0 ? .incomplete : state
    upload.reason = reason
    let ended = try await storing { [upload] in
      try await metadata.endUpload(upload)
    }
    forget(act.uploadID)
    if known?.state == .running { await observer.ended(ended) }
  }

  /// Ends uploads that nothing was heard of for so long, and frees their blocks.
  ///
  /// - Returns: how many there were.
  package func expire(silentFor age: UnixNanoseconds) async throws -> Int {
    let now = clock.now()
    let cutoff = now > age ? now - age : 0
    let stale = try await storing {
      try await metadata.staleUploads(before: cutoff)
    }
    let reason = "expired: nothing came for \(age / hour) hours"
    for upload in stale { try await expire(upload.id, before: cutoff, reason) }
    return stale.count
  }

  private func expire(
    _ uploadID: String,
    before cutoff: UnixNanoseconds,
    _ reason: String
  ) async throws {
    await enter(uploadID)
    defer { leave(uploadID) }
    guard var upload = try await machine(uploadID)?.upload, upload.state == .running,
      upload.touchedAt < cutoff
    else { return }
    upload.state = .incomplete
    upload.reason = reason
    let ended = try await storing { [upload] in
      let ended = try await metadata.endUpload(upload)
      try await metadata.removeBlocks(of: uploadID)
      return ended
    }
    forget(uploadID)
    await observer.ended(ended)
  }

  // MARK: - Machines

  private func known(_ uploadID: String) async throws -> UploadMachine {
    guard let machine = try await machine(uploadID) else {
      throw Refusal(.unknown, "upload \(uploadID) was never begun")
    }
    return machine
  }

  private func machine(_ uploadID: String) async throws -> UploadMachine? {
    if let machine = machines[uploadID] { return machine }
    return try await storing {
      guard let upload = try await metadata.upload(uploadID) else { return nil }
      var digests: [Digest] = []
      while true {
        let page = try await metadata.blocks(
          of: uploadID,
          from: UInt32(digests.count),
          limit: 1_024
        )
        digests += page.map(\.blob)
        if page.count < 1_024 { break }
      }
      return UploadMachine(upload, digests: digests, limits: limits)
    }
  }

  private func keep(_ machine: UploadMachine) {
    let id = machine.upload.id
    machines[id] = machine
    recent.removeAll { $0 == id }
    recent.append(id)
    if recent.count > Self.machinesKept { machines[recent.removeFirst()] = nil }
  }

  private func forget(_ uploadID: String) {
    machines[uploadID] = nil
    recent.removeAll { $0 == uploadID }
  }

  // MARK: - Order and limits

  /// Waits until all earlier messages of the upload are through.
  private func enter(_ uploadID: String) async {
    if busy.insert(uploadID).inserted { return }
    await withCheckedContinuation { waiting[uploadID, default: []].append($0) }
  }

  /// Hands the turn to whoever waits longest.
  private func leave(_ uploadID: String) {
    guard var line = waiting[uploadID], line.isEmpty == false else {
      busy.remove(uploadID)
      return
    }
    let next = line.removeFirst()
    waiting[uploadID] = line.isEmpty ? nil : line
    next.resume()
  }

  private nonisolated func checkRoom(isNew: Bool) throws {
    if let reason = room.refusal(ofNewUpload: isNew) { throw Refusal(.full, reason) }
  }

  /// Not on the actor: it inflates.
  private nonisolated func checkInside(_ block: PutBlock) async throws {
    do {
      try inspect(block)
    } catch {
      throw Refusal(.malformed, "block \(block.index) of \(block.uploadID): \(error)")
    }
  }
}

/// Runs calls of the store and says what their failure means to a sender.
private func storing<Value>(
  isolation: isolated (any Actor)? = #isolation,
  _ body: () async throws -> Value
) async throws -> Value {
  do {
    return try await body()
  } catch let error as StoreError {
    let code: UploadService.Refusal.Code =
      switch error.code {
      case .full: .full
      case .missing: .unknown
      case .conflict, .unavailable, .damaged, .newer, .inUse: .unavailable
      }
    throw UploadService.Refusal(code, error.message)
  }
}

extension UploadRecord {
  /// The upload of an act of which nothing came.
  init(_ act: ActRecord, at time: UnixNanoseconds) {
    self.init(
      id: act.uploadID,
      kind: act.kind.upload ?? .snapshot,
      agentID: act.agentID,
      targetID: act.targetID,
      commandID: act.id,
      series: act.series,
      step: act.step,
      isForced: act.isForced,
      startedAt: time,
      receivedAt: time
    )
    endedAt = time
  }
}

extension ActRecord.Kind {
  /// What such an act comes to; nil where nothing is uploaded.
  var upload: UploadRecord.Kind? {
    switch self {
    case .snapshot: .snapshot
    case .sampling: .profile
    case .watchingCollections, .census: .measurement
    case .collection, .endSeries: nil
    }
  }
}

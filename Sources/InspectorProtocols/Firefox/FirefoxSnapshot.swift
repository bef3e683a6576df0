internal import HeapModel
internal import JSONStream

/// Takes a heap snapshot.
///
/// Order: usage, for the deadline; the page's memory actor has its process write a file, through a
/// descriptor that the parent process opened; we read the file where we can reach it, and else the
/// parent process sends it as one bulk packet, which not every version does. Because Firefox never
/// removes such files, its console is told to where we did not. The page stands still while the file
/// is written and not afterwards.
struct FirefoxSnapshot: SessionOperation {
  typealias Dialect = FirefoxDialect

  private enum State {
    case readingUsage
    case saving
    /// The file is to be opened here.
    case opening(RDPCommand.SnapshotName)
    case reading
    /// It comes as bulk, since the file could not be opened for this reason.
    case transferring(unopened: String)
  }

  let id: SessionRequest.ID
  let memory: String
  let limits: SessionLimits
  private var state = State.readingUsage
  private var usage: HeapUsage?
  private var startedAt = Duration.zero
  private var pause: UInt64 = 0
  private var byteCount: UInt64 = 0
  private(set) var silenceEnds: Duration?
  private var patience = Duration.zero

  init(id: SessionRequest.ID, memory: String, limits: SessionLimits) {
    self.id = id
    self.memory = memory
    self.limits = limits
  }

  mutating func begin(_ dialect: inout FirefoxDialect, at now: Moment) -> Steps {
    [.call(.measure(memory: memory))]
  }

  mutating func received(
    _ reply: Reply,
    to command: RDPCommand,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch state {
    case .readingUsage:
      return save(try FirefoxUsage.read(reply, at: now), at: now)
    case .saving:
      return try open(try reply.packet, &dialect, at: now)
    case .opening, .reading:
      // Nothing was asked.
      return []
    case .transferring(let unopened):
      do throws(SessionFailure) {
        _ = try reply.packet
      } catch {
        throw SessionFailure(
          error.code,
          "\(error.message); nor can its file be read here: \(unopened)"
        )
      }
      return try end()
    }
  }

  mutating func received(
    _ news: FileNews,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    switch (state, news) {
    case (.opening, .opened(let isRemoved)):
      if isRemoved { dialect.leftover = nil }
      state = .reading
      return []
    case (.opening(let name), .failed(let reason)):
      state = .transferring(unopened: reason)
      silenceEnds = now.elapsed + patience
      return [.call(.transferSnapshot(files: dialect.files, snapshot: name))]
    case (.reading, .bytes(let bytes)):
      return handOn(bytes)
    case (.reading, .ended):
      return try end()
    case (.reading, .failed(let reason)):
      throw SessionFailure(.noAnswer, "the snapshot's file could not be read to its end: \(reason)")
    case (.readingUsage, _), (.saving, _), (.opening, _), (.reading, _), (.transferring, _):
      return []
    }
  }

  mutating func receivedText(_ text: [UInt8], at now: Moment) -> Steps {
    silenceEnds = now.elapsed + patience
    return handOn(text)
  }

  private mutating func handOn(_ bytes: [UInt8]) -> Steps {
    byteCount += UInt64(bytes.count)
    return [.report(.snapshotBytes(id, bytes))]
  }

  private mutating func save(_ usage: HeapUsage, at now: Moment) -> Steps {
    self.usage = usage
    state = .saving
    startedAt = now.elapsed
    let megabytes = Int(clamping: usage.used / 1_000_000)
    patience = limits.snapshotSilence + limits.snapshotSilencePerMegabyte * megabytes
    silenceEnds = now.elapsed + patience
    return [.call(.saveSnapshot(memory: memory))]
  }

  /// From here on there is a file, which goes in any case, whatever comes of it.
  private mutating func open(
    _ packet: JSONValue,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    pause = (now.elapsed - startedAt).nanoseconds
    guard let name = packet["snapshotId"]?.string.flatMap({ RDPCommand.SnapshotName($0) }) else {
      throw SessionFailure(.noAnswer, "Firefox named no file of its snapshot")
    }
    dialect.leftover = name
    state = .opening(name)
    // What is waited for now is a disk, and whoever reads from it says so when it does not answer.
    silenceEnds = nil
    return [.report(.readFile(id, name: name.file))]
  }

  private func end() throws(SessionFailure) -> Steps {
    guard byteCount > 0 else {
      throw SessionFailure(.noAnswer, "Firefox's snapshot is empty")
    }
    return [.report(.snapshotEnded(id, report)), .finish]
  }

  private var report: SnapshotReport {
    SnapshotReport(
      byteCount: byteCount,
      identity: IdentityEpoch(isolate: "", epoch: "", anchors: []),
      pauseNanoseconds: pause,
      usageBefore: usage ?? HeapUsage(time: 0, used: 0, total: 0)
    )
  }
}

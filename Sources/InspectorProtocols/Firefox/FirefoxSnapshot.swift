internal import HeapModel
internal import JSONStream

/// Takes a heap snapshot.
///
/// Order: usage, for the deadline; the page's memory actor has its process write a file, through a
/// descriptor that the parent process opened; the parent process sends the file as one bulk packet;
/// and because Firefox never removes such files, its console is told to. The page stands still while
/// the file is written and not while it is sent.
struct FirefoxSnapshot: SessionOperation {
  typealias Dialect = FirefoxDialect

  private enum State {
    case readingUsage
    case saving
    case transferring(RDPCommand.SnapshotName)
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

  var wantsSnapshotText: Bool {
    if case .transferring = state { true } else { false }
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
      return try transfer(try reply.packet, &dialect, at: now)
    case .transferring(let snapshot):
      // The file goes in any case, whatever came of it.
      dialect.leftover = snapshot
      _ = try reply.packet
      guard byteCount > 0 else {
        throw SessionFailure(.noAnswer, "Firefox sent an empty snapshot")
      }
      return [.report(.snapshotEnded(id, report)), .finish]
    }
  }

  mutating func receivedText(_ text: [UInt8], at now: Moment) -> Steps {
    byteCount += UInt64(text.count)
    silenceEnds = now.elapsed + patience
    return [.report(.snapshotBytes(id, text))]
  }

  mutating func cancelled(_ dialect: inout FirefoxDialect) {
    if case .transferring(let snapshot) = state { dialect.leftover = snapshot }
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

  private mutating func transfer(
    _ packet: JSONValue,
    _ dialect: inout FirefoxDialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps {
    pause = (now.elapsed - startedAt).nanoseconds
    guard let name = packet["snapshotId"]?.string.flatMap({ RDPCommand.SnapshotName($0) }) else {
      throw SessionFailure(.noAnswer, "Firefox named no file of its snapshot")
    }
    state = .transferring(name)
    silenceEnds = now.elapsed + patience
    return [.call(.transferSnapshot(files: dialect.files, snapshot: name))]
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

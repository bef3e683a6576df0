internal import JSONStream

/// Everything we may ever say to Firefox, each to one of its actors.
///
/// Not in it, on purpose: `startRecordingAllocations` above one allocation in a hundred
/// (`FirefoxWindow.Rate`), `getTarget` of a tab (after the tab has gone to another process its actors
/// never answer again), and any evaluation but the removal of a file that we had Firefox write.
enum RDPCommand: InspectorCommand {
  // To root and to what it lists.
  case getRoot
  case getDescription(device: String)
  case getParentProcess
  case getProcessTarget(descriptor: String)
  case listTabs
  case getWatcher(tab: String)
  case watchFrames(watcher: String)

  // To the memory actor of a page or of the parent process.
  case attach(memory: String)
  case detach(memory: String)
  case measure(memory: String)
  case collectGarbage(memory: String)
  case collectCycles(memory: String)
  /// Counts objects by class, for which the page stands still.
  case takeCensus(memory: String)
  case saveSnapshot(memory: String)
  case startRecording(memory: String, rate: FirefoxWindow.Rate)
  case drainAllocations(memory: String)
  case stopRecording(memory: String)

  case transferSnapshot(files: String, snapshot: SnapshotName)
  case removeSnapshot(console: String, snapshot: SnapshotName)

  /// What Firefox calls a snapshot that it wrote into a file: digits and dashes.
  struct SnapshotName: Hashable, Sendable {
    let text: String

    /// Nil for what is no such name.
    init?(_ text: String) {
      let isName = text.utf8.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
      }
      guard isName, (1...32).contains(text.utf8.count) else { return nil }
      self.text = text
    }

    /// The file's name, in the parent process's folder for temporary files.
    var file: String { text + ".fxsnapshot" }
  }

  /// Whom it is said to.
  var actor: String {
    switch self {
    case .getRoot, .getParentProcess, .listTabs: "root"
    case .getDescription(let actor), .getProcessTarget(let actor), .getWatcher(let actor),
      .watchFrames(let actor), .attach(let actor), .detach(let actor), .measure(let actor),
      .collectGarbage(let actor), .collectCycles(let actor), .takeCensus(let actor),
      .saveSnapshot(let actor),
      .startRecording(let actor, _), .drainAllocations(let actor), .stopRecording(let actor),
      .transferSnapshot(let actor, _), .removeSnapshot(let actor, _):
      actor
    }
  }

  var method: String {
    switch self {
    case .getRoot: "getRoot"
    case .getDescription: "getDescription"
    case .getParentProcess: "getProcess"
    case .getProcessTarget: "getTarget"
    case .listTabs: "listTabs"
    case .getWatcher: "getWatcher"
    case .watchFrames: "watchTargets"
    case .attach: "attach"
    case .detach: "detach"
    case .measure: "measure"
    case .collectGarbage: "forceGarbageCollection"
    case .collectCycles: "forceCycleCollection"
    case .takeCensus: "takeCensus"
    case .saveSnapshot: "saveHeapSnapshot"
    case .startRecording: "startRecordingAllocations"
    case .drainAllocations: "getAllocations"
    case .stopRecording: "stopRecordingAllocations"
    case .transferSnapshot: "transferHeapSnapshot"
    case .removeSnapshot: "evaluateJSAsync"
    }
  }

  func writeParameters(to writer: inout JSONWriter) {
    switch self {
    case .getParentProcess:
      writer.key("id")
      writer.number(0)
    case .getWatcher:
      // The first request decides for the whole connection; without it no page is ever told.
      writer.key("isServerTargetSwitchingEnabled")
      writer.bool(true)
      writer.key("isPopupDebuggingEnabled")
      writer.bool(false)
    case .watchFrames:
      writer.key("targetType")
      writer.string("frame")
    case .startRecording(_, let rate):
      writer.key("options")
      writer.beginObject()
      writer.key("probability")
      writer.number(rate.probability)
      writer.key("maxLogLength")
      writer.number(FirefoxWindow.Rate.logLength)
      writer.key("drainAllocationsTimeout")
      writer.number(FirefoxWindow.Rate.milliseconds)
      writer.endObject()
    case .transferSnapshot(_, let snapshot):
      writer.key("snapshotId")
      writer.string(snapshot.text)
    case .removeSnapshot(_, let snapshot):
      writer.key("text")
      writer.string(
        "IOUtils.remove(PathUtils.join(PathUtils.tempDir,'\(snapshot.file)'))"
          + ".then(()=>'removed')"
      )
      writer.key("mapped")
      writer.beginObject()
      writer.key("await")
      writer.bool(true)
      writer.endObject()
    case .getRoot, .getDescription, .getProcessTarget, .listTabs, .attach, .detach, .measure,
      .collectGarbage, .collectCycles, .takeCensus, .saveSnapshot, .drainAllocations,
      .stopRecording:
      break
    }
  }

  var profileAfter: Int64? { nil }

  /// A packet; replies are told by their order, so no number is in it.
  func message(id: Int64, session: String?) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("to")
    writer.string(actor)
    writer.key("type")
    writer.string(method)
    writeParameters(to: &writer)
    writer.endObject()
    return Array("\(writer.bytes.count):".utf8) + writer.bytes
  }
}

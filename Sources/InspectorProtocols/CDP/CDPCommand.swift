internal import JSONStream

/// Everything we may ever say to a V8 runtime over the Chrome DevTools Protocol.
///
/// Not in it, on purpose: any evaluation of text that is not compiled in. `Debugger.enable`, under
/// which a `debugger` statement stops the program, is said before a snapshot of an old V8 alone, and
/// taken back in the same breath (`CDPSnapshot`). `Runtime.enable`, which keeps every console argument alive, is said to Deno alone;
/// `HeapProfiler.startTrackingHeapObjects`, which slows a program many times
/// (`AllocationRecording.slowdown`), where somebody asked for a timeline; `Tracing.start` to a browser
/// of which somebody asked for collections.
enum CDPCommand: InspectorCommand {
  case enableNodeRuntime
  case notifyWhenWaitingForDisconnect
  case enableRuntime
  case getIsolateID
  case getHeapUsage
  case getDOMCounters
  case evaluate(CDPExpression)
  case getProperties(objectID: JSONString)
  case getHeapObjectID(objectID: JSONString)
  case releaseObjectGroup
  case discardConsoleEntries
  case collectGarbage
  case startSampling(intervalBytes: UInt64)
  case getSamplingProfile(after: Int64)
  case stopSampling
  case takeHeapSnapshot
  /// With stacks, every allocation walks the stack.
  case startTrackingHeapObjects(stacks: Bool)
  /// Answered like `takeHeapSnapshot`.
  case stopTrackingHeapObjects
  case disableHeapProfiler
  case enableDebugger
  case disableDebugger
  case disableNetwork
  /// Announces what has a heap of its own, now and later, and gives each a session.
  case setAutoAttach
  /// Hear of every target, attached to or not.
  case setDiscoverTargets
  case enableNodeWorker
  /// What a browser itself answers, whatever its pages do.
  case getBrowserVersion
  /// Traces all processes of a browser, which holds what it finds until the end.
  case startTracing
  case endTracing
  /// A message of a worker thread's session.
  case sendMessageToWorker(session: String, message: [UInt8])

  /// The group of all objects that we ever hold in a target.
  static let objectGroup = "retinue"

  var method: String {
    switch self {
    case .enableNodeRuntime: "NodeRuntime.enable"
    case .notifyWhenWaitingForDisconnect: "NodeRuntime.notifyWhenWaitingForDisconnect"
    case .enableRuntime: "Runtime.enable"
    case .getIsolateID: "Runtime.getIsolateId"
    case .getHeapUsage: "Runtime.getHeapUsage"
    case .getDOMCounters: "Memory.getDOMCounters"
    case .evaluate: "Runtime.evaluate"
    case .getProperties: "Runtime.getProperties"
    case .getHeapObjectID: "HeapProfiler.getHeapObjectId"
    case .releaseObjectGroup: "Runtime.releaseObjectGroup"
    case .discardConsoleEntries: "Runtime.discardConsoleEntries"
    case .collectGarbage: "HeapProfiler.collectGarbage"
    case .startSampling: "HeapProfiler.startSampling"
    case .getSamplingProfile: "HeapProfiler.getSamplingProfile"
    case .stopSampling: "HeapProfiler.stopSampling"
    case .takeHeapSnapshot: "HeapProfiler.takeHeapSnapshot"
    case .startTrackingHeapObjects: "HeapProfiler.startTrackingHeapObjects"
    case .stopTrackingHeapObjects: "HeapProfiler.stopTrackingHeapObjects"
    case .disableHeapProfiler: "HeapProfiler.disable"
    case .enableDebugger: "Debugger.enable"
    case .disableDebugger: "Debugger.disable"
    case .disableNetwork: "Network.disable"
    case .setAutoAttach: "Target.setAutoAttach"
    case .setDiscoverTargets: "Target.setDiscoverTargets"
    case .enableNodeWorker: "NodeWorker.enable"
    case .getBrowserVersion: "Browser.getVersion"
    case .startTracing: "Tracing.start"
    case .endTracing: "Tracing.end"
    case .sendMessageToWorker: "NodeWorker.sendMessageToWorker"
    }
  }

  func writeParameters(to writer: inout JSONWriter) {
    switch self {
    case .notifyWhenWaitingForDisconnect:
      writer.key("enabled")
      writer.bool(true)
    case .evaluate(let expression):
      expression.writeParameters(to: &writer)
    case .getProperties(let objectID):
      writer.key("objectId")
      writer.string(wtf8: objectID.bytes.span.bytes)
      writer.key("ownProperties")
      writer.bool(true)
    case .getHeapObjectID(let objectID):
      writer.key("objectId")
      writer.string(wtf8: objectID.bytes.span.bytes)
    case .releaseObjectGroup:
      writer.key("objectGroup")
      writer.string(Self.objectGroup)
    case .startSampling(let intervalBytes):
      writer.key("samplingInterval")
      writer.number(intervalBytes)
    case .startTrackingHeapObjects(let stacks):
      writer.key("trackAllocations")
      writer.bool(stacks)
    case .takeHeapSnapshot, .stopTrackingHeapObjects:
      writer.key("reportProgress")
      writer.bool(true)
      // Off by default in Node, always on in Deno: normalised away, so that graphs agree.
      writer.key("captureNumericValue")
      writer.bool(false)
    case .setAutoAttach:
      writer.key("autoAttach")
      writer.bool(true)
      writer.key("waitForDebuggerOnStart")
      writer.bool(false)
      writer.key("flatten")
      writer.bool(true)
    case .setDiscoverTargets:
      writer.key("discover")
      writer.bool(true)
    case .enableNodeWorker:
      writer.key("waitForDebuggerOnStart")
      writer.bool(false)
    case .startTracing:
      writer.key("transferMode")
      writer.string("ReportEvents")
      writer.key("traceConfig")
      writer.beginObject()
      // Collections, and which thread answers whose session.
      writer.key("includedCategories")
      writer.beginArray()
      writer.string("v8")
      writer.string("devtools")
      writer.endArray()
      writer.key("excludedCategories")
      writer.beginArray()
      writer.string("*")
      writer.endArray()
      writer.endObject()
    case .sendMessageToWorker(let session, let message):
      writer.key("sessionId")
      writer.string(session)
      writer.key("message")
      writer.string(wtf8: message.span.bytes)
    case .enableNodeRuntime, .enableRuntime, .getIsolateID, .getHeapUsage, .getDOMCounters,
      .discardConsoleEntries, .collectGarbage, .getSamplingProfile, .stopSampling,
      .disableHeapProfiler, .enableDebugger, .disableDebugger, .disableNetwork, .endTracing,
      .getBrowserVersion:
      break
    }
  }

  var profileAfter: Int64? {
    switch self {
    case .getSamplingProfile(let after): after
    case .stopSampling: -1
    default: nil
    }
  }
}

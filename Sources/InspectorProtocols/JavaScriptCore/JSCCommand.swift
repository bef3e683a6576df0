internal import JSONStream

/// Everything we may ever say in the WebKit inspector protocol, to Bun and to WebKit itself.
///
/// Not in it, on purpose: `Console.enable` and `Runtime.enable` (keep console arguments alive),
/// `Heap.startTracking` (two whole snapshots), and any evaluation of text that is not compiled in.
enum JSCCommand: InspectorCommand {
  case enableHeap
  case disableHeap
  case collectGarbage
  case snapshot
  /// Of an object by its id in the last snapshot: the answer has values of the program in it.
  case preview(object: UInt64)
  case evaluate(JSCExpression)
  case clearConsole
  case releaseObjectGroup

  // To WebKit only.
  case enablePage
  case disablePage
  case startMemoryTracking
  case stopMemoryTracking
  case enableWorkers
  case initializedWorker(session: String)
  case sendMessageToTarget(session: String, message: [UInt8])
  case sendMessageToWorker(session: String, message: [UInt8])

  private static let objectGroup = "retinue"

  var method: String {
    switch self {
    case .enableHeap: "Heap.enable"
    case .disableHeap: "Heap.disable"
    case .collectGarbage: "Heap.gc"
    case .snapshot: "Heap.snapshot"
    case .preview: "Heap.getPreview"
    case .evaluate: "Runtime.evaluate"
    case .clearConsole: "Console.clearMessages"
    case .releaseObjectGroup: "Runtime.releaseObjectGroup"
    case .enablePage: "Page.enable"
    case .disablePage: "Page.disable"
    case .startMemoryTracking: "Memory.startTracking"
    case .stopMemoryTracking: "Memory.stopTracking"
    case .enableWorkers: "Worker.enable"
    case .initializedWorker: "Worker.initialized"
    case .sendMessageToTarget: "Target.sendMessageToTarget"
    case .sendMessageToWorker: "Worker.sendMessageToWorker"
    }
  }

  func writeParameters(to writer: inout JSONWriter) {
    switch self {
    case .evaluate(let expression):
      writer.key("expression")
      writer.string(expression.text)
      writer.key("objectGroup")
      writer.string(Self.objectGroup)
      writer.key("returnByValue")
      writer.bool(true)
    case .preview(let object):
      writer.key("heapObjectId")
      writer.number(Int64(clamping: object))
    case .releaseObjectGroup:
      writer.key("objectGroup")
      writer.string(Self.objectGroup)
    case .initializedWorker(let session):
      writer.key("workerId")
      writer.string(session)
    case .sendMessageToTarget(let session, let message):
      writer.key("targetId")
      writer.string(session)
      writer.key("message")
      writer.string(wtf8: message.span.bytes)
    case .sendMessageToWorker(let session, let message):
      writer.key("workerId")
      writer.string(session)
      writer.key("message")
      writer.string(wtf8: message.span.bytes)
    case .enableHeap, .disableHeap, .collectGarbage, .snapshot, .clearConsole, .enablePage,
      .disablePage, .startMemoryTracking, .stopMemoryTracking, .enableWorkers:
      break
    }
  }

  var profileAfter: Int64? { nil }
}

/// The expressions that we evaluate in a program: these and no others.
enum JSCExpression: Hashable, Sendable {
  /// Of Bun; costs 0.2 ms at half a million objects, some milliseconds at ten times as many.
  ///
  /// `memoryUsage()` tells the size after the last collection, which a growing heap has long left
  /// behind; `heapSize()` is that of this moment, and is what `heapStats()` says, but less or nothing
  /// while a collection is under way.
  case usage
  /// Of Bun; walks the heap: 50 ns an object.
  case objectCount
  /// Of a page: its address.
  case location

  var text: String {
    switch self {
    case .usage:
      """
      (() => {
        const memory = process.memoryUsage();
        memory.afterCollection = memory.heapUsed;
        const size = process.getBuiltinModule('bun:jsc').heapSize();
        memory.heapUsed = Math.max(size, memory.heapUsed);
        return JSON.stringify(memory);
      })()
      """
    case .objectCount: "JSON.stringify(process.getBuiltinModule('bun:jsc').heapStats().objectCount)"
    case .location: "JSON.stringify(location.href)"
    }
  }
}

internal import JSONStream

/// Everything we may ever say to Bun over its WebKit inspector protocol.
///
/// Not in it, on purpose: `Console.enable` and `Runtime.enable` (keep console arguments alive),
/// `Heap.startTracking` (two whole snapshots), and any evaluation of text that is not compiled in.
enum JSCCommand: InspectorCommand {
  case enableHeap
  case disableHeap
  case collectGarbage
  case snapshot
  case evaluate(JSCExpression)
  case clearConsole
  case releaseObjectGroup

  private static let objectGroup = "retinue"

  var method: String {
    switch self {
    case .enableHeap: "Heap.enable"
    case .disableHeap: "Heap.disable"
    case .collectGarbage: "Heap.gc"
    case .snapshot: "Heap.snapshot"
    case .evaluate: "Runtime.evaluate"
    case .clearConsole: "Console.clearMessages"
    case .releaseObjectGroup: "Runtime.releaseObjectGroup"
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
    case .releaseObjectGroup:
      writer.key("objectGroup")
      writer.string(Self.objectGroup)
    case .enableHeap, .disableHeap, .collectGarbage, .snapshot, .clearConsole:
      break
    }
  }

  var profileAfter: Int64? { nil }
}

/// The expressions that we evaluate in a Bun program: these and no others.
enum JSCExpression: Hashable, Sendable {
  /// Costs less than a millisecond at any size.
  case usage
  /// Walks the heap: 50 ns an object.
  case objectCount

  var text: String {
    switch self {
    case .usage: "JSON.stringify(process.memoryUsage())"
    case .objectCount: "JSON.stringify(process.getBuiltinModule('bun:jsc').heapStats().objectCount)"
    }
  }
}

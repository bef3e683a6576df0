import HeapModel
import SnapshotFormats
import TestSupport

// <root> -session-> Session -name-> JSString
//   |                  `-shape-> js::Shape ... LeakedSession.prototype
//   `-[3]-> Array -objectElements[3]-> Session
func smallFirefoxHeap() -> SpiderMonkeyMessages {
  var heap = SpiderMonkeyMessages()
  let (function, _, shape) = heap.classFunction()
  let frames = [
    SpiderMonkeyMessages.Frame(id: 900, line: 12, source: "app.js", function: "makeSession"),
    SpiderMonkeyMessages.Frame(id: 901, line: 40, source: "main.js"),
  ]
  let window = heap.node("JSObject", className: "Window", size: 400)
  let session = heap.node("JSObject", className: "Object", size: 56, stack: frames)
  let other = heap.node("JSObject", className: "Object", size: 56, stack: [frames[0]])
  let list = heap.node("JSObject", className: "Array", size: 48)
  let name = heap.node("JSString", size: 24)
  let element = heap.node("nsIContent", size: 144, descriptiveName: "naïve-\u{1F600}")
  heap.edge(from: 0, to: window, named: "active window global")
  heap.edge(from: 0, to: session, named: "Preserved wrapper, holder 0x7f1f7f297b60")
  heap.edge(from: 0, to: session, named: "Preserved wrapper, holder 0x7f1f7f297b70")
  heap.edge(from: 0, to: element)
  heap.edge(from: window, to: function, named: "LeakedSession")
  heap.edge(from: window, to: list, named: "sessions")
  heap.edge(from: list, to: session, named: "objectElements[3]")
  heap.edge(from: list, to: other, named: "objectElements[4]")
  for object in [session, other] {
    heap.edge(from: object, to: shape, named: "shape")
    heap.edge(from: object, to: name, named: "name")
  }
  return heap
}

func recordFirefox(_ bytes: [UInt8], pieceSize: Int = .max) throws -> RecordedSnapshot {
  let recorder = SnapshotRecorder()
  try readFirefox(bytes, pieceSize: pieceSize, into: recorder)
  return recorder.snapshot
}

func readFirefox(
  _ bytes: [UInt8],
  pieceSize: Int = .max,
  limits: SnapshotReadingLimits = SnapshotReadingLimits(),
  into receiver: any SnapshotRecordReceiver
) throws {
  let reader = SpiderMonkeySnapshotReader(limits: limits, receiver: receiver)
  var rest = bytes[...]
  while rest.isEmpty == false {
    try rest.prefix(pieceSize).withUnsafeBytes { try reader.consume($0) }
    rest = rest.dropFirst(pieceSize)
  }
  try reader.finish()
}

func firefoxFailure(
  _ bytes: [UInt8],
  limits: SnapshotReadingLimits = SnapshotReadingLimits()
) -> SnapshotError? {
  do {
    let builder = HeapGraphBuilder()
    try readFirefox(bytes, limits: limits, into: builder)
    _ = try builder.makeGraph()
    return nil
  } catch {
    return error as? SnapshotError
  }
}

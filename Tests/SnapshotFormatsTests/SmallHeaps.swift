import TestSupport

// root -session-> Session -name-> "naïve…"
//   `--------------[7]-----------'
func smallHeap(_ style: V8SnapshotText.Style) -> V8SnapshotText {
  var heap = V8SnapshotText(style: style)
  let session = heap.node("Session", size: 32)
  let name = heap.node("naïve \u{1F600}\n\"\\", type: "string", size: 24)
  heap.edge(from: 0, to: session, named: "session")
  heap.edge(from: 0, to: name, index: 7)
  heap.edge(from: session, to: name, named: "name")
  heap.location(of: session, script: 9, line: 12, column: 4)
  return heap
}

// <root> --> Function -Variable sessions-> Map        Session -[0]-> string (held by nobody)
//   `-global-> Object -run-> Function
func smallHeap(_ kind: String, version: Int = 3) -> JSCSnapshotText {
  var heap = JSCSnapshotText(kind: kind, version: version)
  let session = heap.node("Session", id: 40, size: 32, flags: 2)
  let function = heap.node("Function", id: 7)
  let map = heap.node("Map", id: 12)
  let global = heap.node("Object", id: 30)
  let structure = heap.node("Structure", id: 31, size: 112, flags: 1)
  let text = heap.node("string", id: 5, size: 20)
  heap.edge(from: 0, to: function)
  heap.edge(from: 0, to: global, named: "global")
  heap.edge(from: function, to: map, variable: "sessions")
  heap.edge(from: global, to: function, named: "run")
  heap.edge(from: global, to: structure)
  heap.edge(from: session, to: text, index: 0)
  return heap
}

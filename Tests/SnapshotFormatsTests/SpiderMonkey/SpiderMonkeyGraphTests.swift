import HeapModel
import TestSupport
import Testing

/// What a graph makes of SpiderMonkey's nodes and edges.
struct SpiderMonkeyGraphTests {
  private func graph(_ heap: SpiderMonkeyMessages) throws -> HeapGraph {
    let builder = HeapGraphBuilder()
    try readFirefox(heap.bytes, into: builder)
    return try builder.makeGraph()
  }

  private func name(_ graph: HeapGraph, _ node: Int) -> String {
    graph.names[Int(graph.nodeName[node])]
  }

  private func kind(_ graph: HeapGraph, _ node: Int) -> NodeKind? {
    NodeKind(rawValue: graph.nodeKind[node])
  }

  private func edges(_ graph: HeapGraph, of node: Int) -> [String] {
    (Int(graph.firstEdge[node])..<Int(graph.firstEdge[node + 1])).map { edge in
      let kind = EdgeKind(rawValue: graph.edgeKind[edge]) ?? .unknown
      let name = graph.edgeName[edge]
      return "\(kind) " + (kind.isNamedByNumber ? "\(name)" : graph.names[Int(name)])
    }
  }

  @Test func `an object is of the class whose prototype its shape has`() throws {
    var heap = SpiderMonkeyMessages()
    let (function, prototype, shape) = heap.classFunction()
    let environment = heap.node("JSObject", className: "LexicalEnvironment")
    let object = heap.node("JSObject", className: "Object")
    let map = heap.node("JSObject", className: "Map")
    heap.edge(from: environment, to: function, named: "Session")
    heap.edge(from: object, to: shape, named: "shape")
    heap.edge(from: map, to: shape, named: "shape")
    for node in [environment, object, map] { heap.edge(from: 0, to: node) }
    let graph = try graph(heap)

    expect([object, map].map { name(graph, $0) }, equals: ["Session", "Session"])
    expect(kind(graph, object), equals: .object)
    expect(name(graph, prototype), equals: "Object")
    expect(name(graph, function), equals: "Session")
    expect(kind(graph, function), equals: .closure)
    expect(edges(graph, of: environment), equals: ["context Session"])
    expect(graph.capabilities, equals: .collectionContents)
  }

  @Test func `the prototype of a class that extends another is no object of that`() throws {
    var heap = SpiderMonkeyMessages()
    let (base, _, baseShape) = heap.classFunction()
    let (derived, derivedPrototype, derivedShape) = heap.classFunction()
    let object = heap.node("JSObject", className: "Object")
    // Its prototype is an object made of a Derived, as by Object.create.
    let made = heap.node("JSObject", className: "Object")
    let madeShape = heap.node("js::Shape")
    let madeBase = heap.node("js::BaseShape")
    heap.edge(from: 0, to: base, named: "Base")
    heap.edge(from: 0, to: derived, named: "Derived")
    heap.edge(from: derivedPrototype, to: baseShape, named: "shape")
    heap.edge(from: object, to: derivedShape, named: "shape")
    heap.edge(from: made, to: madeShape, named: "shape")
    heap.edge(from: madeShape, to: madeBase, named: "base")
    heap.edge(from: madeBase, to: object, named: "baseshape_proto")
    let window = heap.node("JSObject", className: "Window")
    heap.edge(from: window, to: base, named: "Base")
    heap.edge(from: window, to: derived, named: "Derived")
    for node in [window, object, made] { heap.edge(from: 0, to: node) }
    let graph = try graph(heap)

    expect(name(graph, derivedPrototype), equals: "Object")
    expect(name(graph, object), equals: "Derived")
    expect(name(graph, made), equals: "Derived")
  }

  @Test func `prototypes in a circle have no class, and the engine's functions make none`() throws {
    var heap = SpiderMonkeyMessages()
    let object = heap.node("JSObject", className: "Object")
    let shape = heap.node("js::Shape")
    let base = heap.node("js::BaseShape")
    heap.edge(from: object, to: shape, named: "shape")
    heap.edge(from: shape, to: base, named: "base")
    heap.edge(from: base, to: object, named: "baseshape_proto")
    let (function, _, selfHostedShape) = heap.classFunction(file: "self-hosted")
    let other = heap.node("JSObject", className: "Iterator Helper")
    heap.edge(from: other, to: selfHostedShape, named: "shape")
    for node in [object, function, other] { heap.edge(from: 0, to: node) }
    let graph = try graph(heap)

    expect(name(graph, object), equals: "Object")
    expect(name(graph, other), equals: "Iterator Helper")
    expect(kind(graph, other), equals: .native)
  }

  @Test func `a class that nothing names is told by its file and methods`() throws {
    var heap = SpiderMonkeyMessages()
    let (function, prototype, shape) = heap.classFunction(file: "https://example/a/app.js")
    for method in ["stop", "go", "wait", "abort"] {
      let closure = heap.node("JSObject", className: "Function")
      heap.edge(from: prototype, to: closure, named: method)
    }
    let object = heap.node("JSObject", className: "Object")
    heap.edge(from: object, to: shape, named: "shape")
    for node in [function, object] { heap.edge(from: 0, to: node) }
    let graph = try graph(heap)

    expect(name(graph, object), equals: "(unnamed class in app.js, with abort, go, stop)")
    expect(name(graph, function), equals: "")
  }

  @Test func `a function is called as the nearest holder calls it`() throws {
    var heap = SpiderMonkeyMessages()
    let function = heap.node("JSObject", className: "Function")
    let other = heap.node("JSObject", className: "Function")
    let object = heap.node("JSObject", className: "Object")
    let window = heap.node("JSObject", className: "Window")
    let call = heap.node("JSObject", className: "Call")
    heap.edge(from: object, to: function, named: "aHandler")
    heap.edge(from: window, to: function, named: "zGlobal")
    heap.edge(from: window, to: function, named: "tick")
    heap.edge(from: object, to: other, named: "constructor")
    heap.edge(from: call, to: other, named: "callee_slot")
    heap.edge(from: call, to: other, named: "inner")
    heap.edge(from: function, to: call, named: "**UNKNOWN SLOT 1**")
    for node in [object, window, call] { heap.edge(from: 0, to: node) }
    let graph = try graph(heap)

    expect(name(graph, function), equals: "tick")
    expect(name(graph, other), equals: "inner")
    expect(edges(graph, of: function), equals: ["internal environment"])
    expect(edges(graph, of: call), equals: ["internal callee_slot", "context inner"])
  }

  @Test func `a property that is called like a link is one where it can be`() throws {
    var heap = SpiderMonkeyMessages()
    let object = heap.node("JSObject", className: "Object")
    let shape = heap.node("js::Shape")
    let text = heap.node("JSString")
    heap.edge(from: object, to: shape, named: "shape")
    heap.edge(from: object, to: text, named: "shape")
    heap.edge(from: object, to: text, named: "global-style")
    heap.edge(from: object, to: text, named: "base")
    heap.edge(from: shape, to: text, named: "a link of the engine's")
    heap.edge(from: object, to: text, named: "cacheir-weak-object")
    heap.edge(from: 0, to: object, named: "persistent-Object")
    let graph = try graph(heap)

    expect(
      edges(graph, of: object),
      equals: [
        "internal shape", "property shape", "property global-style", "property base",
        "invisible cacheir-weak-object",
      ]
    )
    expect(edges(graph, of: shape), equals: ["internal a link of the engine's"])
    expect(edges(graph, of: 0), equals: ["internal persistent-Object"])
  }

  @Test(arguments: [3, 40, 3_000])
  func `references that repeat others are left out`(count: Int) throws {
    var heap = SpiderMonkeyMessages()
    let first = heap.node("JSObject", className: "Object")
    let second = heap.node("JSObject", className: "Object")
    for _ in 0..<count {
      heap.edge(from: 0, to: first, named: "WeakMap entry value")
      heap.edge(from: 0, to: second, named: "WeakMap entry value")
      heap.edge(from: 0, to: second, named: "exact-Object")
    }
    heap.edge(from: first, to: second, named: "a")
    heap.edge(from: first, to: second, named: "b")
    let graph = try graph(heap)

    expect(edges(graph, of: 0).count, equals: 3)
    expect(edges(graph, of: first), equals: ["property a", "property b"])
    expect(graph.edgeCount, equals: 5)
  }

  @Test func `what hangs on a document is attached, of shadow trees nothing is said`() throws {
    var heap = SpiderMonkeyMessages()
    func tree(_ top: String, type: String = "nsIContent") -> (top: Int, child: Int) {
      let top = heap.node(type, descriptiveName: top)
      let child = heap.node("nsIContent", descriptiveName: "B")
      heap.edge(from: top, to: child, named: "Child Node")
      heap.edge(from: child, to: top, named: "Parent Node")
      heap.edge(from: 0, to: top)
      return (top, child)
    }
    let document = tree("#document", type: "Document")
    let detached = tree("DIV")
    let shadow = tree("#document-fragment")
    let fragment = tree("#document-fragment")
    func reflector(_ className: String, _ node: Int) -> Int {
      let object = heap.node("JSObject", className: className)
      heap.edge(from: object, to: node, named: "Reflected Node")
      heap.edge(from: 0, to: object)
      return object
    }
    let reflectors = [
      reflector("HTMLDivElement", detached.top), reflector("ShadowRoot", shadow.top),
      reflector("DocumentFragment", fragment.top), reflector("HTMLDocument", document.top),
    ]
    let states = try #require(try graph(heap).detachedness)

    #expect(states[document.top] == 1 && states[document.child] == 1)
    #expect(states[detached.top] == 2 && states[detached.child] == 2)
    #expect(states[shadow.top] == 0 && states[shadow.child] == 0)
    #expect(states[fragment.top] == 2 && states[fragment.child] == 2)
    expect(reflectors.map { states[$0] }, equals: [2, 0, 2, 1])
  }

  @Test func `kinds are the nearest`() throws {
    var heap = SpiderMonkeyMessages()
    let nodes: [(Int, NodeKind, String)] = [
      (heap.node("JSString"), .string, "JSString"),
      (heap.node("js::BaseScript", scriptName: "a.js"), .code, "a.js"),
      (heap.node("js::Scope", coarseType: 2), .code, "js::Scope"),
      (heap.node("js::PropMap"), .objectShape, "js::PropMap"),
      (heap.node("JS::Symbol"), .symbol, "JS::Symbol"),
      (heap.node("JS::BigInt"), .bigInteger, "JS::BigInt"),
      (heap.node("SmallBuffer"), .native, "SmallBuffer"),
      (heap.node("JSObject", className: "RegExp"), .regularExpression, "RegExp"),
      (heap.node("JSObject", className: "Map"), .object, "Map"),
      (heap.node("JSObject", className: "HTMLDivElement"), .native, "HTMLDivElement"),
      (heap.node("JSObject", className: "Call"), .native, "Call"),
      (heap.node("nsIContent", descriptiveName: "DIV"), .native, "DIV"),
    ]
    for (node, _, _) in nodes { heap.edge(from: 0, to: node) }
    let graph = try graph(heap)

    for (node, kind, name) in nodes {
      expect(self.kind(graph, node), equals: kind, "\(name)")
      expect(self.name(graph, node), equals: name)
    }
    expect(kind(graph, 0), equals: .synthetic)
  }
}

import HeapAnalysis
import HeapModel
import TestSupport
import Testing

struct UnreadVariablesTests {
  /// Two calls of `make`, each with a context of `big`, `used` and `shared`.
  ///
  /// Of each only the closure `read` lives, which reads `used`. Scopes of the script: -1 all of it, 10 `make`,
  /// 20 `read`, 30 `late`, which would read `big` and `shared`.
  private func heap(lateLives: Bool = false) -> V8SnapshotText {
    var text = V8SnapshotText(style: .chromium)
    func add(_ name: String, _ type: String = "hidden", size: UInt64 = 16) -> Int {
      let node = text.node(name, type: type, size: size)
      text.edge(from: 0, to: node, index: UInt32(node))
      return node
    }
    func link(_ source: Int, _ name: String, _ target: Int) {
      text.edge(from: source, to: target, named: name, type: "internal")
    }
    func number(_ source: Int, _ name: String, _ value: Int) {
      let node = add("int", "number", size: 0)
      link(source, name, node)
      link(node, "value", add("\(value)", "string", size: 0))
    }
    let script = add("system / Script / app.js", "code")
    let info = add("system / ScopeInfo", "code")
    number(info, "scope_id", 10)
    number(info, "start_position", 100)
    number(info, "end_position", 180)
    link(info, "function_name", add("make", "string"))
    let maker = add("system / SharedFunctionInfo / make", "code")
    link(maker, "script", script)
    link(maker, "name_or_scope_info", info)
    func function(_ name: String, scope: Int) -> Int {
      let shared = add("system / SharedFunctionInfo / \(name)", "code")
      link(shared, "script", script)
      number(shared, "scope_id", scope)
      return shared
    }
    let read = function("read", scope: 20)
    let late = function("late", scope: 30)
    for call in 1...2 {
      let context = add("system / Context", "object")
      link(context, "scope_info", info)
      for (name, size) in [("big", 1_000 * call), ("used", 8), ("shared", 24)] {
        let value = text.node("\(name) of \(call)", type: "object", size: UInt64(size))
        text.edge(from: context, to: value, named: name, type: "context")
      }
      for shared in call == 1 && lateLives ? [read, late] : [read] {
        let closure = add("read", "closure")
        link(closure, "shared", shared)
        link(closure, "context", context)
      }
    }
    let names = ["big", "used", "shared"].map { String(text.string($0)) }
    // Script, id, depth, variables, uses; `late` reads slots 0 and 2, `read` slot 1.
    let rows = ["-1,0,0,0", "10,1,3,0", "20,2,0,1", "30,2,0,2"]
    text.scopes = rows.map { "\(script * 6),\($0)" }.joined(separator: ",")
    text.scopeVariables = names.joined(separator: ",")
    text.scopeUses = "10,1,10,0,10,2"
    return text
  }

  private func found(_ text: V8SnapshotText) throws -> UnreadVariables? {
    UnreadVariables(try HeapAnalyzer.analyze(text.graph()))
  }

  @Test func `what only functions read that are gone is unread`() throws {
    let found = try #require(try found(heap()))

    let scope = try #require(found.scopes.first)
    expect(found.scopes.count, equals: 1)
    expect(scope.function, equals: "make")
    expect(scope.script, equals: "app.js")
    #expect(scope.start == 100 && scope.end == 180)
    expect(scope.variableCount, equals: 3)
    expect(scope.contexts.map(\.variablesSize), equals: [2_024, 1_024])
    expect(scope.contexts[0].variables.map(\.name), equals: ["big", "shared"])
    expect(scope.contexts[0].variables.map(\.valueName), equals: ["big of 2", "shared of 2"])
    #expect(found.untoldScripts.isEmpty)
  }

  @Test func `a living reader of one context says nothing of another`() throws {
    let found = try #require(try found(heap(lateLives: true)))

    expect(found.scopes.first?.contexts.map(\.variablesSize), equals: [2_024])
  }

  @Test func `a script without scopes is named and nothing is claimed of it`() throws {
    var text = heap()
    text.scopes = "0,-1,0,0,0"
    text.scopeVariables = ""
    text.scopeUses = ""
    let found = try #require(try found(text))

    #expect(found.scopes.isEmpty)
    expect(found.untoldScripts, equals: ["app.js"])
  }

  @Test func `an engine without scopes is told apart from a heap without such variables`() throws {
    var text = V8SnapshotText(style: .chromium)
    text.scopes = ""
    text.scopeVariables = ""
    text.scopeUses = ""

    try expect(found(text)?.scopes.isEmpty, equals: true)
    #expect(try found(V8SnapshotText(style: .node24)) == nil)
  }

  @Test func `scopes of a script that is not there are passed over`() throws {
    var text = heap()
    text.scopes = "60000,1,5,3,0,-6,1,-5,0,3," + (text.scopes ?? "")
    text.scopeVariables += "," + text.scopeVariables
    text.scopeUses = "9,9,9,9,9,9," + text.scopeUses

    try expect(found(text), equals: found(heap()))
  }

  @Test(arguments: [
    ("0,1,0,4,0", "a scope with 4 rows of 3"),
    ("0,1,0,0,-1", "a scope with -1 rows of 3"),
  ])
  func `tables that do not fit together are refused`(scopes: String, message: String) {
    var text = heap()
    text.scopes = scopes
    let error = #expect(throws: SnapshotError.self) { try text.graph() }
    expect(error?.message, equals: message)
  }
}

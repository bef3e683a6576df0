import HeapAnalysis
import HeapModel
import TestSupport
import Testing

/// Each rule on a heap drawn in the shape it looks for, and on a twin in which as many go as come.
struct LeakRuleTests {
  /// A function that keeps a session by its variable `state`.
  private func callback(_ program: inout ProgramSketch, _ id: UInt64) -> Int {
    let session = program.instance(of: "Session", id: id)
    return program.closure("onEvent", id: id + 1_000_000, over: ["state": session])
  }

  // MARK: What registers

  @Test func `listeners of an EventEmitter`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let bus = program.object("EventEmitter", id: 21)
      let events = program.object("Object", id: 23)
      let listeners = program.object("Array", id: 25)
      program.property("bus", of: program.global, is: bus)
      program.property("_events", of: bus, is: events)
      program.property("update", of: events, is: listeners)
      for (index, id) in ids.enumerated() {
        program.element(UInt32(index), of: listeners, is: callback(&program, id))
      }
    }

    expect(finding.rule, equals: "event-emitter-listeners-1")
    expect(finding.certainty, equals: .certain)
    #expect(
      finding.explanation.hasSuffix(
        "and is kept by the Array in 'bus'. Each is kept by a listener for 'update' that was added "
          + "to the EventEmitter and never removed. Call off() when the listener's owner is done, "
          + "or add one listener for all."
      )
    )
    expect(
      finding.evidence,
      equals: "One Array, the same object in every snapshot, gained them in every step; "
        + "the functions are listeners in '_events' of the EventEmitter."
    )
  }

  @Test func `once listeners for an event that does not come`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let bus = program.object("b", id: 21)
      let events = program.object("Object", id: 23)
      let listeners = program.object("Array", id: 25)
      program.property("bus", of: program.global, is: bus)
      program.property("_events", of: bus, is: events)
      program.property("ready", of: events, is: listeners)
      for (index, id) in ids.enumerated() {
        let wrapper = program.node("native_bind", type: "closure", id: id + 5_000_000)
        program.property("listener", of: wrapper, is: callback(&program, id))
        program.element(UInt32(index), of: listeners, is: wrapper)
      }
    }

    expect(finding.rule, equals: "event-emitter-listeners-1")
    #expect(finding.explanation.contains("a once() listener for 'ready', which does not come"))
  }

  @Test(arguments: ["EventTarget", "AbortSignal"])
  func `listeners of an EventTarget`(className: String) throws {
    let finding = try RuleSketch.finding { program, ids in
      let target = program.object(className, id: 21)
      let events = program.object("Map", id: 23)
      let table = program.node("", type: "array")
      let list = program.object("Object", id: 25)
      program.property("target", of: program.global, is: target)
      program.property("<symbol kEvents>", of: target, is: events)
      program.link("table", from: events, to: table)
      program.link("4", from: table, to: list)
      var previous = list
      for id in ids {
        let listener = program.object("Listener", id: id + 5_000_000)
        program.property("next", of: previous, is: listener)
        program.property("callback", of: listener, is: callback(&program, id))
        previous = listener
      }
    }

    expect(finding.rule, equals: "event-target-listeners-1")
    expect(finding.explanation.contains("AbortSignal"), equals: (className == "AbortSignal"))
    #expect(finding.evidence.hasSuffix("the functions are listeners of the \(className)."))
  }

  /// A connection of Node's, open unless it is said to be closed.
  private func socket(_ program: inout ProgramSketch, _ id: UInt64, isOpen: Bool = true) -> Int {
    let socket = program.object("Socket", id: id + 5_000_000)
    for side in ["_readableState", "_writableState"] {
      program.property(side, of: socket, is: program.object("Object", id: nil))
    }
    guard isOpen else { return socket }
    let handle = program.object("TCP", id: id + 6_000_000)
    program.property("_handle", of: socket, is: handle)
    program.property("<symbol owner_symbol>", of: handle, is: socket)
    return socket
  }

  @Test(arguments: [(true, "open-sockets-1"), (false, "array-growth-1")])
  func `connections that are not closed`(isOpen: Bool, rule: String) throws {
    let finding = try RuleSketch.finding { program, ids in
      let list = program.object("Array", id: 21)
      program.property("list", of: program.global, is: list)
      for (index, id) in ids.enumerated() {
        let socket = socket(&program, id, isOpen: isOpen)
        program.element(UInt32(index), of: list, is: socket)
        program.property("data", of: socket, is: callback(&program, id))
      }
    }

    expect(finding.rule, equals: rule)
    expect(finding.evidence.contains("a new Socket with a TCP of its own"), equals: isOpen)
  }

  /// An agent of Node's with its three lists, empty.
  private func agent(_ program: inout ProgramSketch, id: UInt64) -> (Int, lists: [String: Int]) {
    let agent = program.object("Agent", id: id)
    var lists: [String: Int] = [:]
    for (index, name) in ["requests", "sockets", "freeSockets"].enumerated() {
      let list = program.object("Object", id: id + 2 * UInt64(index + 1))
      program.property(name, of: agent, is: list)
      lists[name] = list
    }
    return (agent, lists)
  }

  @Test(arguments: [
    ("requests", "wait in the Agent for a free connection"),
    ("sockets", "connections that the Agent has in use"),
    ("freeSockets", "idle connections that the Agent keeps alive"),
  ])
  func `what hangs in an agent`(name: String, words: String) throws {
    let finding = try RuleSketch.finding { program, ids in
      let (agent, lists) = agent(&program, id: 21)
      let waiting = program.object("Array", id: 31)
      program.property("agent", of: program.global, is: agent)
      program.property("host:80:", of: lists[name] ?? 0, is: waiting)
      for (index, id) in ids.enumerated() {
        program.element(UInt32(index), of: waiting, is: callback(&program, id))
      }
    }

    expect(finding.rule, equals: "http-agents-1")
    #expect(finding.explanation.contains(words))
    #expect(finding.evidence.hasSuffix("they are in '\(name)' of the Agent."))
  }

  @Test func `a leak in an agent is the same whatever the port`() throws {
    let findings = try ["10.1.2.3:41234:", "10.9.8.7:35001:"].map { host in
      try RuleSketch.finding { program, ids in
        let (agent, lists) = agent(&program, id: 21)
        let waiting = program.object("Array", id: 31)
        program.property("agent", of: program.global, is: agent)
        program.property(host, of: lists["requests"] ?? 0, is: waiting)
        for (index, id) in ids.enumerated() {
          program.element(UInt32(index), of: waiting, is: callback(&program, id))
        }
      }
    }

    expect(findings[0].fingerprint, equals: findings[1].fingerprint)
    expect(
      findings.map(\.family),
      equals: ["Session@[address]:[number]:", "Session@[address]:[number]:"]
    )
    #expect(findings[0].explanation.contains("the Array in '10.1.2.3:41234:'"))
    #expect(findings[0].retainerPath.contains("[\"10.1.2.3:41234:\"]: Array"))
  }

  @Test func `agents of which each has its own connections`() throws {
    let finding = try RuleSketch.finding { program, ids in
      for (index, id) in ids.enumerated() {
        let socket = socket(&program, id)
        let (agent, _) = agent(&program, id: id + 8_000_000)
        program.element(UInt32(index), of: program.roots, is: socket)
        program.property("agent", of: socket, is: agent)
        program.property("session", of: agent, is: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: "http-agents-1")
    #expect(finding.explanation.contains("With each came an Agent of its own"))
  }

  @Test func `what something else holds besides is part of the leak that comes with it`() throws {
    // Each session is in the old Map, and so is a note of it that a queue, also old, holds too.
    let finding = try RuleSketch.finding { program, ids in
      let table = program.node("", type: "array")
      let sessions = program.object("Map", id: 21)
      let queue = program.object("Queue", id: 23)
      program.property("sessions", of: program.global, is: sessions)
      // The way by the Map is the shorter one.
      let pool = program.object("Pool", id: 25)
      let worker = program.object("Worker", id: 27)
      program.property("pool", of: program.global, is: pool)
      program.property("worker", of: pool, is: worker)
      program.property("queue", of: worker, is: queue)
      program.link("table", from: sessions, to: table)
      for (index, id) in ids.enumerated() {
        // As many notes as would be a finding of their own, and not in step with the sessions.
        program.link("\(9 * index)", from: table, to: program.instance(of: "Session", id: id))
        for part in 0..<3 {
          let note = program.object("Object", id: id + UInt64(part + 1) * 1_000_000)
          program.link("\(9 * index + 3 * part + 1)", from: table, to: note)
          program.element(UInt32(3 * index + part), of: queue, is: note)
        }
      }
    }

    expect(finding.rule, equals: "map-growth-1")
    expect(finding.companions, equals: ["Object"])
  }

  @Test func `timers that are not cleared`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let lists = program.object("Object", id: 21)
      let list = program.object("TimersList", id: 23)
      program.property("timers", of: program.global, is: lists)
      program.element(3_600_000, of: lists, is: list)
      var previous = list
      for id in ids {
        let timer = program.object("Timeout", id: id + 5_000_000)
        program.property("_idleNext", of: previous, is: timer)
        program.property("_onTimeout", of: timer, is: callback(&program, id))
        previous = timer
      }
    }

    expect(finding.rule, equals: "timers-1")
    #expect(finding.explanation.contains("a timer of 3,600 s that is still set"))
  }

  @Test(arguments: [true, false])
  func `stores of an AsyncLocalStorage`(hasFrames: Bool) throws {
    let finding = try RuleSketch.finding { program, ids in
      let list = program.object("TimersList", id: 23)
      program.property("timers", of: program.global, is: list)
      for (index, id) in ids.enumerated() {
        let timer = program.object("Timeout", id: id + 5_000_000)
        let session = program.instance(of: "Session", id: id)
        program.element(UInt32(index), of: list, is: timer)
        guard hasFrames else {
          program.property("<symbol kResourceStore>", of: timer, is: session)
          continue
        }
        let frame = program.object("AsyncContextFrame", id: id + 6_000_000)
        let table = program.node("", type: "array", id: id + 7_000_000)
        program.property("<symbol kAsyncContextFrame>", of: timer, is: frame)
        program.link("table", from: frame, to: table)
        program.link("5", from: table, to: session)
      }
    }

    expect(finding.rule, equals: "async-local-stores-1")
    #expect(finding.evidence.hasSuffix("each hangs on a Timeout by its asynchronous context."))
  }

  // MARK: What waits

  /// A promise in the global variable `never`, and a reaction on it for each id.
  private func reactions(
    _ program: inout ProgramSketch,
    _ ids: [UInt64],
    _ handler: (inout ProgramSketch, UInt64) -> Int
  ) {
    let promise = program.object("Promise", id: 21)
    program.property("never", of: program.global, is: promise)
    var previous: Int?
    for id in ids.reversed() {
      let reaction = program.node("system / PromiseReaction", type: "hidden", id: id + 5_000_000)
      if let previous {
        program.slot(1, of: previous, is: reaction)
      } else {
        program.link("reactions_or_result", from: promise, to: reaction)
      }
      program.slot(3, of: reaction, is: handler(&program, id))
      previous = reaction
    }
  }

  @Test func `reactions on a promise that does not settle`() throws {
    let finding = try RuleSketch.finding { program, ids in
      reactions(&program, ids) { callback(&$0, $1) }
    }

    expect(finding.rule, equals: "pending-promise-1")
    #expect(finding.explanation.contains("one promise in 'never' that has not settled"))
  }

  @Test func `races with a promise that does not settle`() throws {
    let finding = try RuleSketch.finding { program, ids in
      reactions(&program, ids) { program, id in
        let resolve = program.node("", type: "closure", id: id + 6_000_000)
        let context = program.node("system / Context", type: "object", id: id + 7_000_000)
        let race = program.object("Promise", id: id + 8_000_000)
        program.link("context", from: resolve, to: context)
        program.slot(3, of: context, is: race)
        let session = program.instance(of: "Session", id: id)
        program.link("reactions_or_result", from: race, to: session)
        return resolve
      }
    }

    expect(finding.rule, equals: "promise-race-1")
  }

  /// A call of `handle` that keeps a session in its registers.
  private func call(_ program: inout ProgramSketch, _ id: UInt64) -> Int {
    let call = program.object("Generator", id: id + 6_000_000)
    let registers = program.node("", type: "array", id: id + 7_000_000)
    let function = program.function("handle", id: 27, line: 8)
    program.link("function", from: call, to: function)
    program.link("parameters_and_registers", from: call, to: registers)
    program.link("2", from: registers, to: program.instance(of: "Session", id: id))
    return call
  }

  @Test func `async functions that wait for ever`() throws {
    let finding = try RuleSketch.finding { program, ids in
      reactions(&program, ids) { program, id in
        let resume = program.node("", type: "closure", id: id + 8_000_000)
        let context = program.node("system / Context", type: "object", id: id + 9_000_000)
        program.link("context", from: resume, to: context)
        program.link("extension", from: context, to: call(&program, id))
        return resume
      }
    }

    expect(finding.rule, equals: "suspended-calls-1")
    #expect(finding.explanation.contains("an async function 'handle', which waits for a promise"))
  }

  @Test func `generators that are not read to their end`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let cursors = program.object("Array", id: 21)
      program.property("cursors", of: program.global, is: cursors)
      for (index, id) in ids.enumerated() {
        program.element(UInt32(index), of: cursors, is: call(&program, id))
      }
    }

    expect(finding.rule, equals: "suspended-calls-1")
    #expect(finding.explanation.contains("async function 'handle' that was started, has not ended"))
  }

  @Test(arguments: ["_writableState", "_readableState"])
  func `what a stream holds that nobody reads`(side: String) throws {
    let finding = try RuleSketch.finding { program, ids in
      let stream = program.object("PassThrough", id: 21)
      let state = program.object("State", id: 23)
      let buffer = program.object("Array", id: 25)
      program.property("pipe", of: program.global, is: stream)
      program.property(side, of: stream, is: state)
      program.property("<symbol kBufferedValue>", of: state, is: buffer)
      for (index, id) in ids.enumerated() {
        let session = program.instance(of: "Session", id: id)
        program.element(UInt32(index), of: buffer, is: session)
      }
    }

    expect(finding.rule, equals: "stream-buffers-1")
    expect(finding.explanation.contains("written to"), equals: (side == "_writableState"))
  }

  // MARK: Weak holders

  @Test func `held values of a FinalizationRegistry`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let registry = program.object("FinalizationRegistry", id: 21)
      program.property("registry", of: program.global, is: registry)
      for (index, id) in ids.enumerated() {
        let cell = program.node("system / WeakCell", type: "hidden", id: id + 5_000_000)
        program.slot(UInt32(index), of: registry, is: cell)
        program.slot(2, of: cell, is: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: "finalization-registry-1")
  }

  @Test func `values of a WeakMap whose keys are kept`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let keys = program.object("Array", id: 21)
      program.property("keys", of: program.global, is: keys)
      for (index, id) in ids.enumerated() {
        let key = program.object("Key", id: id + 5_000_000)
        let value = program.instance(of: "Session", id: id)
        program.element(UInt32(index), of: keys, is: key)
        let pair = "2 / part of key (Key @\(id)) -> value (Session @\(id)) pair in WeakMap"
        program.link("\(pair) (table @99)", from: key, to: value)
      }
    }

    expect(finding.rule, equals: "weakmap-live-keys-1")
    #expect(finding.explanation.contains("its key is kept in 'keys'"))
  }

  // MARK: What they are made of

  /// An Array in the global variable `list`.
  private func elements(
    _ program: inout ProgramSketch,
    _ ids: [UInt64],
    _ complete: (inout ProgramSketch, _ session: Int, UInt64) -> Void
  ) {
    let list = program.object("Array", id: 21)
    program.property("list", of: program.global, is: list)
    for (index, id) in ids.enumerated() {
      let session = program.instance(of: "Session", id: id)
      program.element(UInt32(index), of: list, is: session)
      complete(&program, session, id)
    }
  }

  @Test func `slices that keep long texts`() throws {
    let finding = try RuleSketch.finding { program, ids in
      elements(&program, ids) { program, session, id in
        let slice = program.node("title", type: "sliced string", id: id + 5_000_000)
        let page = program.node("page \(id)", type: "string", id: id + 6_000_000, size: 9_000)
        program.property("title", of: session, is: slice)
        program.link("parent", from: slice, to: page)
      }
    }

    expect(finding.rule, equals: "sliced-strings-1")
    #expect(finding.evidence.hasSuffix("sliced strings keep 99 % of the new bytes."))
  }

  @Test func `memory outside the heap`() throws {
    let finding = try RuleSketch.finding { program, ids in
      elements(&program, ids) { program, session, id in
        let buffer = program.object("ArrayBuffer", id: id + 5_000_000)
        let data = program.node(
          "system / JSArrayBufferData",
          type: "native",
          id: id + 6_000_000,
          size: 4_096
        )
        program.property("data", of: session, is: buffer)
        program.link("backing_store", from: buffer, to: data)
      }
    }

    expect(finding.rule, equals: "external-memory-1")
  }

  @Test(arguments: [true, false])
  func `texts that are equal`(areEqual: Bool) throws {
    let finding = try RuleSketch.finding { program, ids in
      elements(&program, ids) { program, session, id in
        let text = areEqual ? "the same" : "text \(id)"
        let label = program.node(text, type: "string", id: id + 5_000_000, size: 500)
        program.property("label", of: session, is: label)
      }
    }

    expect(finding.rule, equals: (areEqual ? "duplicated-strings-1" : "array-growth-1"))
  }

  @Test func `nodes that are in no document`() throws {
    let finding = try RuleSketch.finding { program, ids in
      elements(&program, ids) { program, session, id in
        let node = program.detached("HTMLDivElement", id: id + 5_000_000)
        program.property("row", of: session, is: node)
      }
    }

    expect(finding.rule, equals: "detached-dom-1")
    #expect(finding.evidence.hasSuffix("the engine marks 60 of the new nodes as detached."))
  }

  @Test func `global objects of their own`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let frames = program.object("Array", id: 21)
      program.property("frames", of: program.global, is: frames)
      for (index, id) in ids.enumerated() {
        let context = program.node("system / NativeContext", type: "hidden", id: id + 5_000_000)
        let window = program.object("Window / https://app", id: id + 6_000_000)
        program.element(UInt32(index), of: frames, is: window)
        program.link("native_context", from: window, to: context)
        program.property("session", of: window, is: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: "detached-windows-1")
    expect(finding.certainty, equals: .likely)
  }

  // MARK: What holds them

  @Test func `each closure's context keeps the one before`() throws {
    let finding = try RuleSketch.finding { program, ids in
      var previous: Int?
      for id in ids {
        let value = program.object("Object", id: id + 5_000_000)
        var variables: [String: Int] = [:]
        if let previous { variables["original"] = previous }
        let method = program.closure("method", id: id + 6_000_000, over: variables)
        program.property("method", of: value, is: method)
        program.property("state", of: value, is: program.instance(of: "Session", id: id))
        previous = value
      }
      let reader = program.function("read", id: 27, line: 20)
      let context = program.node("system / Context", type: "object", id: 29)
      program.property("read", of: program.global, is: reader)
      program.link("context", from: reader, to: context)
      if let previous { program.variable("current", of: context, is: previous) }
    }

    expect(finding.rule, equals: "closure-contexts-1")
    #expect(finding.explanation.contains("one that is kept keeps 'original'"))
  }

  @Test func `links of a list whose head is kept`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let owner = program.object("Queue", id: 21)
      program.property("queue", of: program.global, is: owner)
      var previous = owner
      for id in ids {
        let link = program.instance(of: "Session", id: id)
        program.property(previous == owner ? "head" : "next", of: previous, is: link)
        previous = link
      }
    }

    expect(finding.rule, equals: "linked-list-1")
    #expect(finding.explanation.contains("each kept by 'next' of the one before"))
  }

  @Test(arguments: ["onEvent", "native_bind"])
  func `functions in a list of hooks`(name: String) throws {
    let finding = try RuleSketch.finding { program, ids in
      let hooks = program.object("Array", id: 21)
      program.property("hooks", of: program.global, is: hooks)
      for (index, id) in ids.enumerated() {
        let session = program.instance(of: "Session", id: id)
        let function = program.closure(name, id: id + 5_000_000, over: ["state": session])
        program.element(UInt32(index), of: hooks, is: function)
      }
    }

    expect(finding.rule, equals: "kept-functions-1")
    expect(finding.explanation.contains("what they are bound to"), equals: (name == "native_bind"))
  }

  /// Deno keeps what a CommonJS module exports so, too.
  @Test(arguments: [("system / SourceTextModule", "module-cache-1"), ("Box", "map-growth-1")])
  func `a collection that a module exports`(holder: String, rule: String) throws {
    let finding = try RuleSketch.finding { program, ids in
      let module = program.node(holder, type: "native", id: 31)
      let exports = program.node("", type: "array", id: 33)
      let cell = program.node("system / Cell", type: "native", id: 35)
      let cache = program.object("Map", id: 39)
      let table = program.node("", type: "array")
      program.element(7, of: program.roots, is: module)
      program.slot(3, of: module, is: exports)
      program.link("1", from: exports, to: cell)
      program.link("value", from: cell, to: cache)
      program.link("table", from: cache, to: table)
      for (index, id) in ids.enumerated() {
        program.link("\(3 * index)", from: table, to: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: rule)
  }

  @Test(arguments: [true, false])
  func `a collection in a variable of a module`(isOfModule: Bool) throws {
    let finding = try RuleSketch.finding { program, ids in
      let native = program.node("system / NativeContext", type: "hidden", id: 31)
      let outer = program.node("system / Context", type: "object", id: 33)
      let context = program.node("system / Context", type: "object", id: 35)
      let handler = program.function("handle", id: 37, line: 20)
      let cache = program.object("Map", id: 39)
      let table = program.node("", type: "array")
      program.property("handle", of: program.global, is: handler)
      program.link("context", from: handler, to: context)
      program.link("previous", from: context, to: isOfModule ? native : outer)
      program.variable("cache", of: context, is: cache)
      program.link("table", from: cache, to: table)
      for (index, id) in ids.enumerated() {
        program.link("\(3 * index)", from: table, to: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: (isOfModule ? "module-cache-1" : "map-growth-1"))
    expect(finding.explanation.contains("'cache' belongs to a module"), equals: isOfModule)
  }

  @Test(arguments: [("Map", "map-growth-1"), ("Set", "set-growth-1")])
  func `what is added to a Map or a Set`(className: String, rule: String) throws {
    let finding = try RuleSketch.finding { program, ids in
      let collection = program.object(className, id: 21)
      let table = program.node("", type: "array")
      program.property("open", of: program.global, is: collection)
      program.link("table", from: collection, to: table)
      for (index, id) in ids.enumerated() {
        program.link("\(index)", from: table, to: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: rule)
  }

  @Test func `properties of a dictionary`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let store = program.object("Object", id: 21)
      program.property("sessions", of: program.global, is: store)
      for id in ids {
        program.property("session-\(id)", of: store, is: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: "dictionary-growth-1")
    #expect(finding.evidence.hasSuffix("60 properties of an object are new."))
  }

  @Test func `growth without a known shape has no words but its own`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let tree = program.object("Index", id: 21)
      program.property("index", of: program.global, is: tree)
      for id in ids {
        program.link("entry", from: tree, to: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: "growth-1")
    #expect(finding.explanation.hasSuffix("and is kept by the Index in 'index'."))
    expect(
      finding.evidence,
      equals: "One Index, the same object in every snapshot, gained them in every step."
    )
  }

  @Test func `the way to a collection is not the leak`() throws {
    // A listener that was there before leads to the Map that grows.
    let finding = try RuleSketch.finding { program, ids in
      let bus = program.object("EventEmitter", id: 21)
      let events = program.object("Object", id: 23)
      let cache = program.object("Map", id: 25)
      let table = program.node("", type: "array")
      let handler = program.closure("handle", id: 41, over: ["cache": cache])
      program.property("bus", of: program.global, is: bus)
      program.property("_events", of: bus, is: events)
      program.property("request", of: events, is: handler)
      program.link("table", from: cache, to: table)
      for (index, id) in ids.enumerated() {
        program.link("\(3 * index)", from: table, to: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: "map-growth-1")
  }
}

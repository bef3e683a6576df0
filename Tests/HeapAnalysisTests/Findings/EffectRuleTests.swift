import HeapAnalysis
import HeapModel
import TestSupport
import Testing

/// Effect's structures, drawn with minified class names.
struct EffectRuleTests {
  /// A Map or Set in a property of `owner`.
  private func table(
    _ className: String,
    _ name: String,
    of owner: Int,
    _ program: inout ProgramSketch,
    id: UInt64
  ) -> Int {
    let collection = program.object(className, id: id)
    let table = program.node("", type: "array")
    program.property(name, of: owner, is: collection)
    program.link("table", from: collection, to: table)
    return table
  }

  /// What tells that a program uses Effect.
  private func mark(_ object: Int, _ program: inout ProgramSketch) {
    program.property("~effect/Marker", of: object, is: object)
  }

  /// A fiber whose stack keeps a session; its class may stand in the program's script.
  private func fiber(
    _ program: inout ProgramSketch,
    _ id: UInt64,
    isBundled: Bool = false
  ) -> Int {
    let fiber =
      isBundled
      ? program.instance(of: "xs", id: id + 5_000_000) : program.object("xs", id: id + 5_000_000)
    let stack = program.object("Array", id: id + 6_000_000)
    let observers = program.object("Array", id: id + 7_000_000)
    let context = program.object("Object", id: id + 8_000_000)
    program.property("_stack", of: fiber, is: stack)
    program.property("_observers", of: fiber, is: observers)
    program.property("context", of: fiber, is: context)
    program.element(0, of: stack, is: program.instance(of: "Session", id: id))
    return fiber
  }

  /// The one finding of fibers in an array of a program with Effect; `complete` adds to each what
  /// makes its case.
  private func findingOfKeptFibers(
    _ complete: (inout ProgramSketch, _ fiber: Int, _ id: UInt64, _ kept: Int) -> Void
  ) throws -> Finding {
    try RuleSketch.finding { program, ids in
      let kept = program.object("Array", id: 21)
      program.property("kept", of: program.global, is: kept)
      mark(kept, &program)
      for (index, id) in ids.enumerated() {
        let fiber = fiber(&program, id)
        complete(&program, fiber, id, kept)
        program.element(UInt32(index), of: kept, is: fiber)
      }
    }
  }

  @Test func `fibers that wait for a Deferred nobody completes`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let gate = program.object("d", id: 21)
      let resumes = program.object("Array", id: 23)
      program.property("gate", of: program.global, is: gate)
      program.property("resumes", of: gate, is: resumes)
      mark(gate, &program)
      for (index, id) in ids.enumerated() {
        let fiber = fiber(&program, id)
        let resume = program.closure("", id: id + 9_000_000, over: ["a": fiber])
        program.element(UInt32(index), of: resumes, is: resume)
      }
    }

    expect(finding.rule, equals: "effect-fibers-1")
    expect(finding.certainty, equals: .certain)
    #expect(finding.explanation.contains("it waits for a Deferred in 'gate' that nobody completes"))
  }

  /// By what a class of Effect is told from those of the program in whose script it stands.
  enum Sign: CaseIterable {
    case typeID, typeIDOfClass, shape, shapeWithMethods
  }

  /// An object of Effect's class that refers to another one.
  private func effectObject(
    _ sign: Sign,
    of other: Int,
    _ program: inout ProgramSketch,
    id: UInt64
  ) -> Int {
    // A bundle has the library's classes in the program's script, and here they hold most.
    let object = program.instance(of: "xs", id: id, size: 4_000)
    let methods = program.object("Object", id: 51)
    program.property("__proto__", of: object, is: methods)
    switch sign {
    case .typeID:
      mark(object, &program)
      program.property("payload", of: object, is: other)
    case .typeIDOfClass:
      program.property("<symbol effect/Utils/YieldWrap>", of: methods, is: methods)
      program.property("#a", of: object, is: other)
    case .shape:
      program.property("op", of: object, is: other)
      program.property("_op", of: object, is: other)
    case .shapeWithMethods:
      program.property("self", of: object, is: other)
      for name in ["next", "return", "throw"] {
        program.property(name, of: methods, is: methods)
      }
    }
    return object
  }

  @Test(arguments: Sign.allCases)
  func `Effect's own classes name a leak only where the program has none`(sign: Sign) throws {
    let finding = try RuleSketch.finding { program, ids in
      let kept = program.object("Array", id: 21)
      program.property("kept", of: program.global, is: kept)
      mark(kept, &program)
      for (index, id) in ids.enumerated() {
        // What Effect notes on an object of the program does not make it Effect's.
        let session = program.instance(of: "Session", id: id)
        program.property("<symbol effect/Hash>", of: session, is: kept)
        let own = effectObject(sign, of: session, &program, id: id + 5_000_000)
        program.element(UInt32(index), of: kept, is: own)
      }
    }

    #expect(finding.companions.contains("xs"))
  }

  @Test func `what each fiber has names the leak, however many parts they have`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let kept = program.object("Array", id: 21)
      program.property("kept", of: program.global, is: kept)
      mark(kept, &program)
      for (index, id) in ids.enumerated() {
        let fiber = fiber(&program, id, isBundled: true)
        mark(fiber, &program)
        let stack = program.object("Array", id: id + 9_000_000)
        program.property("parts", of: fiber, is: stack)
        for part in 0..<8 {
          let id = id * 100 + UInt64(part) * 2 + 20_000_000
          program.element(UInt32(part), of: stack, is: program.object("Object", id: id, size: 640))
        }
        program.element(UInt32(index), of: kept, is: fiber)
      }
    }

    expect(finding.rule, equals: "effect-fibers-1")
  }

  @Test(arguments: [
    ("<symbol effect/Layer/MemoMap>", "effect-runtimes-1"), ("m", "effect-fibers-1"),
  ])
  func `runtimes of which only a fiber is left`(symbol: String, rule: String) throws {
    let finding = try findingOfKeptFibers { program, fiber, id, kept in
      let memoMap = program.object("m", id: id + 9_000_000)
      program.property(symbol, of: memoMap, is: kept)
      program.property("ref", of: memoMap, is: kept)
      program.property("layers", of: fiber, is: memoMap)
    }

    expect(finding.rule, equals: rule)
    expect(finding.certainty, equals: .likely)
  }

  @Test func `finalizers and what they are kept by are one leak`() throws {
    let ranges = [0..<100, 0..<200, 0..<300]
    let series = try HeapSeries(
      ranges.map { range in
        var program = ProgramSketch()
        let scope = program.object("Object", id: 21)
        let state = program.object("Object", id: 23)
        program.property("server", of: program.global, is: scope)
        program.property("strategy", of: scope, is: state)
        program.property("state", of: scope, is: state)
        mark(scope, &program)
        let finalizers = table("Map", "finalizers", of: state, &program, id: 27)
        // Something else leads to the keys as well, so that the table holds only the values.
        var index = program.global
        for level in 0..<9 {
          let next = program.object("Object", id: 31 + UInt64(level) * 2)
          program.property("index", of: index, is: next)
          index = next
        }
        for (number, id) in ids(range).enumerated() {
          let key = program.object("Object", id: id)
          program.property("key\(number)", of: index, is: key)
          program.link("\(3 * number)", from: finalizers, to: key)
          let finalizer = program.function("", id: id + 5_000_000, line: 12)
          program.link("\(3 * number + 1)", from: finalizers, to: finalizer)
        }
        return program
      }
    )

    let findings = LeakFinder().findings(in: series)

    expect(findings.map(\.objectsPerStep), equals: [[100, 100]])
  }

  enum Holder: CaseIterable {
    case roots, rootsAndDeferred, deferred
  }

  @Test(arguments: Holder.allCases)
  func `fibers of version 3 are certain where only the set of all holds them`(holder: Holder) throws
  {
    let finding = try RuleSketch.finding { program, ids in
      let shared = program.object("g", id: 21)
      program.property("shared", of: program.global, is: shared)
      mark(shared, &program)
      let roots = holder == .deferred ? nil : table("Set", "roots", of: shared, &program, id: 23)
      let gate = program.object("d", id: 25)
      program.property("gate", of: shared, is: gate)
      let resumes = program.object("Array", id: 27)
      program.property("resumes", of: gate, is: resumes)
      for (index, id) in ids.enumerated() {
        let fiber = fiber(&program, id)
        program.property("_fiberRefs", of: fiber, is: shared)
        program.property("_queue", of: fiber, is: shared)
        if let roots { program.link("\(3 * index)", from: roots, to: fiber) }
        guard holder != .roots else { continue }
        let resume = program.closure("", id: id + 9_000_000, over: ["a": fiber])
        program.element(UInt32(index), of: resumes, is: resume)
      }
    }

    expect(finding.rule, equals: "effect-fibers-1")
    expect(finding.certainty, equals: holder == .roots ? .certain : .likely)
    let words =
      switch holder {
      case .roots: "nothing is left that could resume it"
      case .rootsAndDeferred: "nothing ends it"
      case .deferred: "a Deferred in 'gate'"
      }
    #expect(finding.explanation.contains(words), "\(finding.explanation)")
  }

  @Test func `fibers that have ended and are kept`() throws {
    let finding = try findingOfKeptFibers { program, fiber, id, _ in
      program.property("_exit", of: fiber, is: program.object("e", id: id + 9_000_000))
    }

    expect(finding.rule, equals: "effect-fibers-1")
    #expect(finding.explanation.contains("fibers that have ended, kept in 'kept'"))
  }

  @Test func `without Effect the same properties are no fiber`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let kept = program.object("Array", id: 21)
      program.property("kept", of: program.global, is: kept)
      for (index, id) in ids.enumerated() {
        program.element(UInt32(index), of: kept, is: fiber(&program, id))
      }
    }

    expect(finding.rule, equals: "array-growth-1")
  }

  @Test(arguments: [true, false])
  func `a scope that stays open`(hasChildren: Bool) throws {
    let finding = try RuleSketch.finding { program, ids in
      let scope = program.object("Object", id: 21)
      let state = program.object("Object", id: 23)
      program.property("server", of: program.global, is: scope)
      program.property("strategy", of: scope, is: program.object("String", id: 25))
      program.property("state", of: scope, is: state)
      mark(scope, &program)
      let finalizers = table("Map", "finalizers", of: state, &program, id: 27)
      for (index, id) in ids.enumerated() {
        let session = program.instance(of: "Session", id: id)
        let finalizer = program.closure("", id: id + 5_000_000, over: ["x": session])
        guard hasChildren else {
          program.link("\(3 * index)", from: finalizers, to: finalizer)
          continue
        }
        let child = program.object("Object", id: id + 6_000_000)
        let inner = program.object("Object", id: id + 8_000_000)
        program.property("strategy", of: child, is: inner)
        program.property("state", of: child, is: inner)
        program.property("finalizer", of: inner, is: finalizer)
        program.link("\(3 * index)", from: finalizers, to: child)
      }
    }

    expect(finding.rule, equals: "effect-open-scope-1")
    expect(finding.explanation.contains("child scope"), equals: hasChildren)
    #expect(finding.explanation.contains("in 'server'"))
  }

  @Test func `a queue that nobody takes from`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let queue = program.object("Object", id: 21)
      let messages = program.object("Object", id: 23)
      let bucket = program.object("Array", id: 25)
      program.property("jobs", of: program.global, is: queue)
      program.property("strategy", of: queue, is: messages)
      program.property("state", of: queue, is: messages)
      program.property("messages", of: queue, is: messages)
      program.property("array", of: messages, is: bucket)
      mark(queue, &program)
      for (index, id) in ids.enumerated() {
        program.element(UInt32(index), of: bucket, is: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: "effect-buffers-1")
    #expect(
      finding.explanation.contains("messages in an Effect Queue in 'jobs', unbounded or very large")
    )
    #expect(finding.explanation.contains("no fiber waits to take one"))
  }

  @Test func `a PubSub whose subscriber does not take`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let hub = program.object("Object", id: 21)
      program.property("events", of: program.global, is: hub)
      mark(hub, &program)
      program.property("publisherTail", of: hub, is: hub)
      var node = program.object("Object", id: 23)
      program.property("publisherHead", of: hub, is: node)
      for id in ids {
        let next = program.object("Object", id: id + 5_000_000)
        program.property("next", of: node, is: next)
        program.property("value", of: next, is: program.instance(of: "Session", id: id))
        node = next
      }
    }

    expect(finding.rule, equals: "effect-buffers-1")
    #expect(finding.explanation.contains("Effect PubSub in 'events', unbounded or very large"))
    #expect(finding.explanation.contains("until its slowest subscriber takes it"))
  }

  @Test(arguments: [
    ("<symbol effect/Layer/MemoMap>", "effect-layers-1"), ("~effect/Other", "map-growth-1"),
  ])
  func `layers that are built again each time`(symbol: String, rule: String) throws {
    let finding = try RuleSketch.finding { program, ids in
      let memoMap = program.object("m", id: 21)
      let ref = program.object("r", id: 23)
      program.property("layers", of: program.global, is: memoMap)
      program.property(symbol, of: memoMap, is: memoMap)
      program.property("ref", of: memoMap, is: ref)
      let entries = table("Map", "current", of: ref, &program, id: 25)
      for (index, id) in ids.enumerated() {
        program.link("\(3 * index)", from: entries, to: program.instance(of: "Session", id: id))
      }
    }

    expect(finding.rule, equals: rule)
  }

  @Test(arguments: [("cachedContext", "effect-runtimes-1"), ("fiber", "effect-cache-1")])
  func `runtimes that are not disposed, caches without a limit`(
    property: String,
    rule: String
  ) throws {
    let finding = try RuleSketch.finding { program, ids in
      let owner = program.object("Object", id: 21)
      program.property("tenants", of: program.global, is: owner)
      mark(owner, &program)
      let entries = table("Map", "backing", of: owner, &program, id: 25)
      for (index, id) in ids.enumerated() {
        let entry = program.object("Object", id: id + 5_000_000)
        program.property(property, of: entry, is: program.instance(of: "Session", id: id))
        program.link("\(3 * index)", from: entries, to: entry)
      }
    }

    expect(finding.rule, equals: rule)
  }
}

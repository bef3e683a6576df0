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

  /// A fiber whose stack keeps a session.
  private func fiber(_ program: inout ProgramSketch, _ id: UInt64) -> Int {
    let fiber = program.object("xs", id: id + 5_000_000)
    let stack = program.object("Array", id: id + 6_000_000)
    let observers = program.object("Array", id: id + 7_000_000)
    let context = program.object("Object", id: id + 8_000_000)
    program.property("_stack", of: fiber, is: stack)
    program.property("_observers", of: fiber, is: observers)
    program.property("context", of: fiber, is: context)
    program.element(0, of: stack, is: program.instance(of: "Session", id: id))
    return fiber
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

  @Test(arguments: [true, false])
  func `Effect's own classes name a leak only where the program has none`(isMarked: Bool) throws {
    let finding = try RuleSketch.finding { program, ids in
      let kept = program.object("Array", id: 21)
      program.property("kept", of: program.global, is: kept)
      for (index, id) in ids.enumerated() {
        // A bundle has the library's classes in the program's script, and here they hold most.
        let fiber = program.instance(of: "xs", id: id + 5_000_000, size: 4_000)
        let observers = program.object("Array", id: id + 6_000_000)
        mark(isMarked ? fiber : kept, &program)
        program.property("_exit", of: fiber, is: program.object("e", id: id + 9_000_000))
        program.property("_observers", of: fiber, is: observers)
        program.property("_stack", of: fiber, is: program.instance(of: "Session", id: id))
        program.property("context", of: fiber, is: observers)
        program.element(UInt32(index), of: kept, is: fiber)
      }
    }

    expect(finding.rule, equals: "effect-fibers-1")
    #expect(finding.companions.contains("xs"))
  }

  @Test func `fibers that have ended and are kept`() throws {
    let finding = try RuleSketch.finding { program, ids in
      let kept = program.object("Array", id: 21)
      program.property("kept", of: program.global, is: kept)
      mark(kept, &program)
      for (index, id) in ids.enumerated() {
        let fiber = fiber(&program, id)
        program.property("_exit", of: fiber, is: program.object("e", id: id + 9_000_000))
        program.element(UInt32(index), of: kept, is: fiber)
      }
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
    #expect(finding.explanation.contains("messages in an Effect Queue in 'jobs'"))
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

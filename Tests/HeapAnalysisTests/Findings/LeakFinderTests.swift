import HeapAnalysis
import HeapModel
import TestSupport
import Testing

/// What is found, and what is not, in programs drawn for it.
struct LeakFinderTests {
  /// Sessions number `ranges[n]` are in the Map `cache` in heap `n`, each with a text of its own.
  private func sessions(_ ranges: [Range<Int>]) -> [ProgramSketch] {
    ranges.map { range in
      var program = ProgramSketch()
      let values = ids(range).map { id in
        let session = program.instance(of: "Session", id: id)
        let label = program.node("label", type: "string", id: id + 1_000_000, size: 24)
        program.property("label", of: session, is: label)
        return session
      }
      program.map(named: "cache", id: 21, of: values)
      return program
    }
  }

  @Test func `a Map that only grows is one finding, whatever it drags along`() throws {
    let series = try HeapSeries(sessions([0..<20, 0..<50, 0..<80]))
    let findings = LeakFinder().findings(in: series)

    let leak = try #require(findings.first)
    expect(findings.count, equals: 1)
    expect(leak.className, equals: "Session")
    expect(leak.objectsPerStep, equals: [30, 30])
    expect(leak.bytesPerStep, equals: [2_640, 2_640])
    expect(leak.certainty, equals: .certain)
    expect(leak.family, equals: "Session@cache")
    expect(leak.retainerPath, equals: ["global", ".cache: Map", "{table}: (array)", "[]: Session"])
    expect(leak.position?.description, equals: "\(ProgramSketch.script):4:5")
    expect(leak.companions, equals: ["(string)"])
    expect(
      leak.explanation,
      equals: "Session grew in every step (+30, +30 objects, 2.6 kB, 2.6 kB) "
        + "and is kept by the Map in 'cache'. Entries are added under new keys and not deleted. "
        + "Delete them when they are done, or give the Map a limit or a time to live."
    )
  }

  @Test(
    arguments: [
      ("nothing came", [0..<80, 0..<80, 0..<80]),
      ("it came once", [0..<20, 0..<80, 0..<80]),
      ("it came in the last step only", [0..<20, 0..<20, 0..<80]),
      ("it comes and goes", [0..<20, 0..<80, 0..<20]),
      ("old ones make room for new ones", [0..<100, 30..<130, 60..<160]),
      ("the start settles", [0..<20, 0..<500, 0..<515]),
      ("too few to tell", [0..<20, 0..<25, 0..<30]),
    ]
  )
  func `no leak`(why: String, ranges: [Range<Int>]) throws {
    #expect(LeakFinder().findings(in: try HeapSeries(sessions(ranges))).isEmpty, "\(why)")
    let byClass = try HeapSeries(sessions(ranges), areIDsComparable: false)
    #expect(LeakFinder().findings(in: byClass).isEmpty, "\(why)")
  }

  @Test func `a leak must grow on every step of a long series`() throws {
    let growing = [0..<20, 0..<50, 0..<80, 0..<110, 0..<140]
    expect(
      LeakFinder().findings(in: try HeapSeries(sessions(growing))).map(\.objectsPerStep),
      equals: [[30, 30, 30, 30]]
    )

    var pausing = growing
    pausing[3] = 0..<80
    #expect(LeakFinder().findings(in: try HeapSeries(sessions(pausing))).isEmpty)
  }

  @Test func `what leaves is taken off what comes`() throws {
    // Sixty come in each step and twenty of the oldest go.
    let series = try HeapSeries(sessions([0..<100, 20..<160, 40..<220]))

    expect(LeakFinder().findings(in: series).map(\.objectsPerStep), equals: [[40, 40]])
  }

  @Test func `where ids do not hold, classes are counted, and it is said`() throws {
    let series = try HeapSeries(
      sessions([0..<20, 100..<150, 200..<280]),
      areIDsComparable: false
    )
    let leak = try #require(LeakFinder().findings(in: series).first)

    expect(leak.className, equals: "Session")
    expect(leak.objectsPerStep, equals: [30, 30])
    expect(leak.certainty, equals: .likely)
    #expect(!leak.isComparedByID)
    #expect(leak.explanation.contains("Ids do not hold"))
  }

  @Test func `the fingerprint is the same in another process, and by class`() throws {
    let first = try HeapSeries(sessions([0..<20, 0..<50, 0..<80]))
    let second = try HeapSeries(sessions([500..<600, 500..<700, 500..<800]))
    let third = try HeapSeries(sessions([0..<20, 0..<50, 0..<80]), areIDsComparable: false)
    let fingerprints = [first, second, third].map {
      LeakFinder().findings(in: $0).map(\.fingerprint)
    }

    expect(Set(fingerprints).count, equals: 1)
    expect(fingerprints[0].first?.utf8.count, equals: 32)
  }

  @Test func `two leaks of one class are two findings`() throws {
    let series = try HeapSeries(
      [10, 30, 50].map { count in
        var program = ProgramSketch()
        for (index, name) in ["first", "second"].enumerated() {
          let values = ids(0..<count, from: 10_001 * UInt64(index + 1)).map {
            program.instance(of: "Session", id: $0)
          }
          program.map(named: name, id: 21 + 2 * UInt64(index), of: values)
        }
        return program
      }
    )
    let findings = LeakFinder().findings(in: series)

    expect(Set(findings.map(\.family)), equals: ["Session@first", "Session@second"])
    expect(findings.map(\.objectsPerStep), equals: [[20, 20], [20, 20]])
  }

  @Test func `a list is held by what holds its head`() throws {
    // global -list-> Link -next-> Link -next-> ...
    let series = try HeapSeries(
      [100, 300, 500].map { count in
        var program = ProgramSketch()
        var previous: Int?
        for id in ids(0..<count) {
          let link = program.instance(of: "Link", id: id)
          program.property(
            previous == nil ? "list" : "next",
            of: previous ?? program.global,
            is: link
          )
          previous = link
        }
        return program
      }
    )
    let findings = LeakFinder().findings(in: series)

    expect(findings.map(\.className), equals: ["Link"])
    expect(findings.first?.objectsPerStep, equals: [200, 200])
    expect(findings.first?.retainerPath, equals: ["global", ".list: Link", ".next: Link"])
  }

  @Test func `a few more in each of many holders are one leak`() throws {
    // Forty rooms, each of which keeps one more message per step.
    let series = try HeapSeries(
      [1, 2, 3].map { count in
        var program = ProgramSketch()
        let rooms = ids(0..<40, from: 50_001).enumerated().map { index, id in
          let room = program.instance(of: "Room", id: id)
          for message in 0..<count {
            let id = 60_001 + 2 * UInt64(index) + 1_000 * UInt64(message)
            program.element(
              UInt32(message),
              of: room,
              is: program.instance(of: "Message", id: id)
            )
          }
          return room
        }
        program.map(named: "rooms", id: 21, of: rooms)
        return program
      }
    )
    let findings = LeakFinder().findings(in: series)

    expect(findings.map(\.className), equals: ["Message"])
    expect(findings.first?.objectsPerStep, equals: [40, 40])
    expect(findings.first?.certainty, equals: .likely)
    expect(findings.first?.explanation.contains("spread over 40 holders in 'rooms'"), equals: true)
  }

  @Test func `what only the console keeps is named so, and comes last`() throws {
    let series = try HeapSeries(
      [20, 50, 80].map { count in
        var program = sessions([0..<count])[0]
        let handles = program.node("(Global handles)", type: "synthetic", id: 31, size: 0)
        program.element(1, of: program.roots, is: handles)
        for (index, id) in ids(0..<count, from: 70_001).enumerated() {
          let printed = program.instance(of: "Printed", id: id, size: 4_000)
          program.link("\(index) / DevTools console", from: handles, to: printed)
        }
        return program
      }
    )
    let findings = LeakFinder().findings(in: series)

    expect(findings.map(\.className), equals: ["Session", "Printed"])
    expect(findings.map(\.isTooling), equals: [false, true])
    expect(findings.last?.explanation.contains("only a debugger"), equals: true)
  }

  @Test func `keys of a dictionary are no part of the path`() throws {
    let series = try HeapSeries(
      [20, 50, 80].map { count in
        var program = ProgramSketch()
        let store = program.object("Object", id: 21)
        program.property("sessions", of: program.global, is: store)
        for (index, id) in ids(0..<count).enumerated() {
          let session = program.instance(of: "Session", id: id)
          program.property("session-\(index)", of: store, is: session)
        }
        return program
      }
    )
    let leak = try #require(LeakFinder().findings(in: series).first)

    expect(leak.retainerPath, equals: ["global", ".sessions: Object", ".[key]: Session"])
    expect(leak.family, equals: "Session@sessions")
  }

  @Test func `functions are told apart by where they stand`() throws {
    // Listeners without an object of the program: only the function names the leak.
    let series = try HeapSeries(
      [60, 160, 260].map { count in
        var program = ProgramSketch()
        let list = program.object("Array", id: 21)
        program.property("hooks", of: program.global, is: list)
        for (index, id) in ids(0..<count).enumerated() {
          let function = program.function("onTick", id: id, line: 12)
          program.element(UInt32(index), of: list, is: function)
        }
        return program
      }
    )
    let leak = try #require(LeakFinder().findings(in: series).first)

    expect(leak.className, equals: "Function onTick")
    expect(leak.objectsPerStep, equals: [100, 100])
    expect(leak.position?.line, equals: 13)
    expect(leak.retainerPath, equals: ["global", ".hooks: Array", "[]: function onTick"])
  }

  @Test(arguments: [true, false])
  func `a shape that becomes frequent did not come from nothing`(byID: Bool) throws {
    // Of 10,000 plain objects a shape is one of the heap's interfaces from about 10 on.
    let series = try HeapSeries(
      [3, 9, 15].map { count in
        var program = ProgramSketch()
        let table = program.object("Array", id: 21)
        program.property("table", of: program.global, is: table)
        for index in 0..<UInt32(10_000) {
          let row = program.object("Object", id: 1_000_001 + 2 * UInt64(index))
          program.element(index, of: table, is: row)
          program.property("row", of: row, is: program.global)
        }
        let values = ids(0..<count).map { id in
          let entry = program.object("Object", id: id, size: 1 << 18)
          program.property("user", of: entry, is: program.global)
          return entry
        }
        program.map(named: "cache", id: 23, of: values)
        return program
      },
      areIDsComparable: byID
    )
    let findings = LeakFinder().findings(in: series)

    expect(findings.map(\.className), equals: ["{user}"])
    expect(findings.map(\.objectsPerStep), equals: [[6, 6]])
    expect(findings.map(\.bytesPerStep), equals: [[6 << 18, 6 << 18]])
  }

  @Test func `by class, a script is the same by its name in every process`() throws {
    func programs(_ draw: (inout ProgramSketch, Int) -> Void) throws -> HeapSeries {
      try HeapSeries(
        zip([7, 9, 12], [60, 160, 260]).map { script, count in
          var program = ProgramSketch(scriptNumber: script)
          draw(&program, count)
          return program
        },
        areIDsComparable: false
      )
    }
    let instances = try programs { program, count in
      let values = ids(0..<count).map { program.instance(of: "Session", id: $0) }
      program.map(named: "cache", id: 21, of: values)
    }
    let functions = try programs { program, count in
      let values = ids(0..<count).map { program.function("onTick", id: $0, line: 12) }
      program.map(named: "hooks", id: 21, of: values)
    }

    let sessions = LeakFinder().findings(in: instances)
    expect(sessions.map(\.className), equals: ["Session"])
    expect(sessions.map(\.objectsPerStep), equals: [[100, 100]])
    expect(sessions.map(\.bytesPerStep), equals: [[6_400, 6_400]])
    let hooks = LeakFinder().findings(in: functions)
    expect(hooks.map(\.className), equals: ["Function onTick"])
    expect(hooks.map(\.objectsPerStep), equals: [[100, 100]])
  }

  @Test func `by class, functions of sizes that nothing can have do no harm`() throws {
    // All of one function's growth is in one step, and its bytes come near 2^64.
    let series = try HeapSeries(
      [60, 160, 260].map { count in
        var program = ProgramSketch()
        var values = ids(0..<count).map { program.function("onTick", id: $0, line: 12) }
        if count == 260 {
          let late = ids(300..<600).enumerated().map { index, id in
            let size: UInt64 = index < 2 ? UInt64(Int64.max) - 4_400 : 1
            let node = program.node("onLate", type: "closure", id: id, size: size)
            program.text.location(of: node, script: program.scriptNumber, line: 30, column: 2)
            return node
          }
          values += late
        }
        program.map(named: "hooks", id: 21, of: values)
        return program
      },
      areIDsComparable: false
    )
    let findings = LeakFinder().findings(in: series)

    expect(findings.map(\.className), equals: ["Function onTick"])
    expect(findings.map(\.objectsPerStep), equals: [[100, 100]])
  }

  @Test func `by class, a class that was loaded again is one class`() throws {
    // A reload: the old script's instances stay, those of its successor come.
    let series = try HeapSeries(
      [20, 50, 80].map { count in
        var program = ProgramSketch()
        let successor = program.reload(asScript: 8)
        let values = ids(0..<count).enumerated().map { index, id in
          program.instance(of: "Session", id: id, script: index < 40 ? 7 : successor)
        }
        program.map(named: "cache", id: 21, of: values)
        return program
      },
      areIDsComparable: false
    )
    let findings = LeakFinder().findings(in: series)

    expect(findings.map(\.objectsPerStep), equals: [[30, 30]])
    expect(findings.map(\.bytesPerStep), equals: [[1_920, 1_920]])
  }

  @Test func `a series needs three heaps of one engine`() throws {
    let heap = try ProgramSketch().heap()
    let other = try HeapAnalyzer.analyze(HeapGraph(sketch: [[1], []], engine: .javaScriptCore))

    #expect(HeapSeries([heap, heap], areIDsComparable: true) == nil)
    #expect(HeapSeries([heap, heap, other], areIDsComparable: true) == nil)
    expect(HeapSeries([heap, heap, heap], areIDsComparable: true)?.stepCount, equals: 2)
  }
}

internal import FleetProtocol
internal import GRPCTransport
internal import HeapModel
internal import JSONStream
internal import TestSupport
internal import Testing

/// `retinue compare` on files and against a scripted collector, as built.
@Suite(.enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"))
struct CompareTests {
  private typealias Queries = FleetMethods.Queries

  @Test(.enabled(if: SharedMaterial.isPresent, "the shared material is absent"))
  func `comparisons of files are those of Chrome DevTools`() async throws {
    let oracle = try JSONValue(
      parsing: Proof.shell("cat '\(SharedMaterial.file("oracle/t.diff.oracle.json"))'").output,
      limits: .large
    )
    let comparisons = oracle["comparisons"]?.array ?? []
    expect(comparisons.count, equals: 3)
    for expected in comparisons {
      let files = ["base", "main"].map {
        SharedMaterial.file("oracle/\(expected[$0]?.string ?? "").zst")
      }
      let outcome = try await BuiltProgram.retinue.run(
        ["compare", files[0], files[1], "--json"],
        seconds: 300
      )
      expect(outcome.status, equals: 0, "\(outcome.errors)")
      let ours = try JSONValue(parsing: outcome.output, limits: .large)
      expect(ours["comparedByID"]?.bool, equals: true)
      expect(rows(ours), equals: rows(expected))
    }
  }

  /// The classes as text, a line for each, in order of keys.
  private func rows(_ value: JSONValue) -> [String] {
    let fields = ["addedCount", "removedCount", "addedSize", "removedSize"]
    return (value["classes"]?.array ?? []).map { row in
      "\(row["key"]?.string ?? "") \(fields.map { row[$0]?.int ?? .min })"
    }
    .sorted()
  }

  @Test func `of a file that breaks off what is there is compared when asked to, and labelled`()
    async throws
  {
    let folder = TemporaryFolder()
    var heap = V8SnapshotText()
    for _ in 0..<3 { heap.edge(from: 0, to: heap.node("Session", size: 32), named: "one") }
    let cut = Array(heap.bytes.dropLast(2))
    try folder.write("whole", heap.bytes)
    try folder.write("cut", cut)
    let files = [folder.file("whole"), folder.file("cut")]

    let refused = try await BuiltProgram.retinue.run(["compare"] + files)
    let text = try await BuiltProgram.retinue.run(["compare", "--partial"] + files)
    let json = try await BuiltProgram.retinue.run(["compare", "--partial", "--json"] + files).json
    let series = try await BuiltProgram.retinue.run(
      ["compare", "--partial", "--json", files[0]] + files
    )
    let gate = try await BuiltProgram.retinue.run(
      ["compare", "--partial", "--fail-on", "class=*,growth>0"] + files
    )
    let none = try await BuiltProgram.retinue.run(["compare", "--partial", "abcd1234", "abcd1235"])

    expect(refused.status, equals: 1)
    #expect(refused.errors.contains("byte \(cut.count)"), "\(refused.errors)")
    expect(text.status, equals: 0, "\(text.errors)")
    #expect(
      text.output.hasPrefix("\(files[1])\nPARTIAL · breaks at byte \(cut.count): the snapshot ends")
    )
    #expect(text.output.contains("parts of snapshots are compared"))
    expect(json["parts"]?.array?.count, equals: 1)
    expect(json["parts"]?[0]?["input"]?.string, equals: files[1])
    expect(json["parts"]?[0]?["byteOffset"]?.int, equals: Int64(cut.count))
    expect(series.status, equals: 0, "\(series.errors)")
    expect(gate.status, equals: 1)
    #expect(gate.errors.contains("is not whole, so --fail-on cannot tell"), "\(gate.errors)")
    expect(none.status, equals: 2)
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "the shared material is absent"))
  func `three files of a leaking process show the leak and end with 3`() async throws {
    let files = (1...3).map { SharedMaterial.file("oracle/t.\($0).heapsnapshot.zst") }
    let outcome = try await BuiltProgram.retinue.run(
      ["compare"] + files + ["--json"],
      seconds: 300
    )
    let high = try await BuiltProgram.retinue.run(
      ["compare"] + files + ["--json", "--floor", "10MB"],
      seconds: 300
    )

    expect(outcome.status, equals: 3, "\(outcome.errors)")
    let growing = try JSONValue(parsing: outcome.output, limits: .large)["growing"]
    expect(growing?[0]?["class"]?.string, equals: "LeakedSession")
    expect(growing?[0]?["objectsPerStep"]?.array?.compactMap(\.int), equals: [150, 150])
    expect(high.status, equals: 0)
    try expect(
      JSONValue(parsing: high.output, limits: .large)["growing"]?.array?.isEmpty,
      equals: true
    )
  }

  /// DevTools' own view of the three: 150 sessions, and 150 entries that come only once.
  @Test(.enabled(if: SharedMaterial.isPresent, "the shared material is absent"))
  func `what was allocated between two snapshots and is in the third is that of DevTools`()
    async throws
  {
    let files = (1...3).map { SharedMaterial.file("oracle/t.\($0).heapsnapshot.zst") }
    let outcome = try await BuiltProgram.retinue.run(
      ["compare"] + files + ["--allocated-between", "--json"],
      seconds: 300
    )

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    let json = try JSONValue(parsing: outcome.output, limits: .large)
    let rows = json["classes"]?.array ?? []
    for name in ["LeakedSession", "WarmCacheEntry"] {
      expect(rows.first { $0["name"]?.string == name }?["count"]?.int, equals: 150)
    }
  }

  @Test func `what was allocated since a snapshot is told by class and by object`() async throws {
    let folder = TemporaryFolder()
    try folder.write("before", heap(sessions: 3).bytes)
    try folder.write("after", heap(sessions: 5).bytes)
    let files = ["before", "after"].map(folder.file)
    let json = try await BuiltProgram.retinue.run(
      ["compare"] + files + ["--allocated-between", "--json"]
    ).json
    let text = try await BuiltProgram.retinue.run(["compare", "--allocated-between"] + files)
    let first = json["allocated"]?["afterID"]?.int ?? 0
    let objects = try await BuiltProgram.retinue.run(
      ["analyze", files[1], "--where", "allocated-after=@\(first)", "--json"]
    ).json

    expect(json["allocated"]?["count"]?.int, equals: 2)
    expect(json["classes"]?[0]?["name"]?.string, equals: "Session")
    expect(json["classes"]?[0]?["selfSize"]?.int, equals: 64)
    #expect(text.output.contains("2 objects, 64 B of their own"), "\(text.output)")
    expect(objects["matched"]?["count"]?.int, equals: 2)

    for words in [["before"], ["before", "after", "--fail-on", "class=*,growth>0"]] {
      let refused = try await BuiltProgram.retinue.run(
        ["compare", "--allocated-between"] + words
      )
      expect(refused.status, equals: 2, "\(refused.errors)")
    }
    try folder.write("bun", JSCSnapshotText().bytes)
    let bun = try await BuiltProgram.retinue.run(
      ["compare", "--allocated-between", folder.file("bun"), folder.file("bun")]
    )
    expect(bun.status, equals: 1)
    #expect(bun.errors.contains("only V8"), "\(bun.errors)")
  }

  @Test func `a finding says where its class stands and what grew beside it`() async throws {
    let folder = TemporaryFolder()
    for step in 1...3 { try folder.write("\(step)", program(sessions: 200 * step).bytes) }
    let files = (1...3).map { folder.file("\($0)") }
    let json = try await BuiltProgram.retinue.run(["compare", "--json"] + files).json
    let text = try await BuiltProgram.retinue.run(["compare"] + files)

    let finding = json["growing"]?[0]
    expect(finding?["class"]?.string, equals: "t")
    expect(finding?["position"]?["script"]?.string, equals: "file:///app/bundle.min.js")
    expect(finding?["position"]?["line"]?.int, equals: 4)
    expect(finding?["position"]?["column"]?.int, equals: 5_018)
    expect(finding?["companions"]?.array?.compactMap(\.string), equals: ["n"])
    #expect(text.output.contains("at        file:///app/bundle.min.js:4:5018"), "\(text.output)")
    #expect(text.output.contains("with      n"), "\(text.output)")
  }

  /// A minified bundle's: a list of `t`, each with an `n`.
  private func program(sessions: Int) -> V8SnapshotText {
    var heap = V8SnapshotText()
    let global = heap.node("global / ", id: 3)
    heap.edge(from: 0, to: global, named: "1", type: "shortcut")
    let function = heap.node("main", type: "closure", id: 7)
    let shared = heap.node("main", type: "code", id: 9)
    let script = heap.node("file:///app/bundle.min.js", type: "code", id: 11)
    heap.edge(from: global, to: function, named: "main")
    heap.edge(from: function, to: shared, named: "shared", type: "internal")
    heap.edge(from: shared, to: script, named: "script", type: "internal")
    heap.location(of: function, script: 7, line: 0, column: 0)
    let list = heap.node("Array", id: 13)
    heap.edge(from: global, to: list, named: "list")
    for index in 0..<sessions {
      let one = heap.node("t", id: 1_001 + 4 * UInt64(index), size: 200)
      let other = heap.node("n", id: 1_003 + 4 * UInt64(index), size: 100)
      for (node, line) in [(one, 3), (other, 8)] {
        heap.location(of: node, script: 7, line: line, column: 5_017)
      }
      heap.edge(from: list, to: one, index: UInt32(index))
      heap.edge(from: one, to: other, named: "n")
    }
    return heap
  }

  // MARK: - Rules

  @Test(
    arguments: [
      ("class=Session,growth>0", 3), ("class=Session,growth>2", 0), ("class=*,growth>2", 0),
      ("class=Session,growth>63B", 3), ("class=Session,growth>1KB", 0),
      ("class=Other,growth>0", 0), ("class=*,growth>1", 3),
    ] as [(String, Int32)]
  )
  func `a rule decides how a comparison of two ends`(rule: String, status: Int32) async throws {
    let folder = TemporaryFolder()
    try folder.write("before", heap(sessions: 3).bytes)
    try folder.write("after", heap(sessions: 5).bytes)
    let outcome = try await BuiltProgram.retinue.run([
      "compare", folder.file("before"), folder.file("after"), "--fail-on", rule, "--json",
    ])

    expect(outcome.status, equals: status, "\(rule): \(outcome.errors)")
    let json = try outcome.json
    expect(json["schemaVersion"]?.int, equals: 1)
    expect(json["base"]?.string, equals: folder.file("before"))
    expect(json["main"]?.string, equals: folder.file("after"))
    let failures = json["failures"]?.array ?? []
    expect(failures.isEmpty, equals: (status == 0))
    if status == 3 {
      expect(failures[0]["rule"]?.string, equals: rule)
      expect(failures[0]["name"]?.string, equals: "Session")
      expect(failures[0]["countDelta"]?.int, equals: 2)
      expect(failures[0]["sizeDelta"]?.int, equals: 64)
    }
  }

  @Test func `in a series a rule is broken only by growth on every step`() async throws {
    let folder = TemporaryFolder()
    for (name, count) in [("1", 3), ("2", 5), ("3", 7), ("again", 5)] {
      try folder.write(name, heap(sessions: count).bytes)
    }
    func run(_ names: [String]) async throws -> Int32 {
      let words = ["compare"] + names.map(folder.file)
      return try await BuiltProgram.retinue.run(
        words + ["--fail-on", "class=Session,growth>0", "--floor", "1GB"]
      ).status
    }

    try await expect(run(["1", "2", "3"]), equals: 3)
    try await expect(run(["1", "2", "again"]), equals: 0)
  }

  @Test func `two folders are two sets of instances, each file one`() async throws {
    let folder = TemporaryFolder()
    for side in ["base", "main"] {
      _ = Proof.shell("mkdir '\(folder.file(side))'")
      for index in 1...3 {
        let sessions = side == "base" ? 10 + index : 500
        try folder.write("\(side)/\(index)", heap(sessions: sessions).bytes)
      }
    }
    let words = ["compare", "--base", folder.file("base"), "--main", folder.file("main"), "--json"]
    let json = try await BuiltProgram.retinue.run(words).json
    let mixed = try await BuiltProgram.retinue.run(
      ["compare", "--base", folder.file("base"), "--main", "version=2"]
    )

    #expect(json["baseInstances"]?.int == 3 && json["mainInstances"]?.int == 3)
    expect(json["classes"]?[0]?["name"]?.string, equals: "Session")
    expect(json["classes"]?[0]?["baseMedianCount"]?.int, equals: 12)
    expect(json["classes"]?[0]?["mainInstancesAbove"]?.int, equals: 3)
    expect(json["classes"]?[0]?["significant"]?.bool, equals: true)
    expect(mixed.status, equals: 2)
  }

  @Test func `of single instances the numbers are shown and no verdict`() async throws {
    let folder = TemporaryFolder()
    for (side, sessions) in [("base", 10), ("main", 500)] {
      _ = Proof.shell("mkdir '\(folder.file(side))'")
      try folder.write("\(side)/1", heap(sessions: sessions).bytes)
    }
    let words = ["compare", "--base", folder.file("base"), "--main", folder.file("main")]
    let json = try await BuiltProgram.retinue.run(words + ["--json"]).json
    let text = try await BuiltProgram.retinue.run(words)

    let row = json["classes"]?[0]
    expect(row?["name"]?.string, equals: "Session")
    expect(row?["mainInstancesAbove"]?.int, equals: 1)
    expect(row?["significant"]?.bool, equals: false)
    #expect(json["notes"]?[0]?.string?.hasPrefix("too few instances to tell") == true)
    #expect(text.output.contains("Note: too few instances to tell: base has 1 and main 1"))
  }

  @Test func `why ids do not hold is said, and what DevTools shows only in part`() async throws {
    func file(_ functions: Int, firstID: UInt64) -> [UInt8] {
      var text = V8SnapshotText()
      let global = text.node("global / ", id: 3)
      text.edge(from: 0, to: global, named: "1", type: "shortcut")
      for index in 0..<functions {
        let id = firstID + 2 * UInt64(index)
        let function = text.node("f\(index)", type: "closure", id: id)
        text.edge(from: global, to: function, named: "f\(index)")
      }
      text.edge(from: global, to: text.node("Function", id: 9), named: "f")
      return text.bytes
    }
    let folder = TemporaryFolder()
    try folder.write("1", file(20, firstID: 101))
    try folder.write("2", file(25, firstID: 201))
    let words = ["compare", folder.file("1"), folder.file("2")]
    let json = try await BuiltProgram.retinue.run(words + ["--json"]).json
    let text = try await BuiltProgram.retinue.run(words)

    expect(json["comparedByID"]?.bool, equals: false)
    #expect(json["note"]?.string?.contains("by their names: builtin functions have other") == true)
    let row = json["classes"]?.array?.first { $0["name"]?.string == "Function" }
    expect(row?["countDelta"]?.int, equals: 5)
    expect(row?["partialInDevTools"]?.bool, equals: true)
    #expect(text.output.contains("Function: DevTools compares only some of these"))
  }

  @Test func `what only the console keeps is listed last and is no finding`() async throws {
    let folder = TemporaryFolder()
    for step in 1...3 {
      var text = V8SnapshotText()
      let global = text.node("global / ", id: 3)
      text.edge(from: 0, to: global, named: "1", type: "shortcut")
      let roots = text.node("(GC roots)", type: "synthetic", id: 5, size: 0)
      text.edge(from: 0, to: roots, index: 1)
      let handles = text.node("(Global handles)", type: "synthetic", id: 7, size: 0)
      text.edge(from: roots, to: handles, index: 1)
      for index in 0..<(100 * step) {
        let printed = text.node("Printed", id: 1_001 + 2 * UInt64(index), size: 4_000)
        text.edge(
          from: handles,
          to: printed,
          named: "\(index) / DevTools console",
          type: "internal"
        )
      }
      try folder.write("\(step)", text.bytes)
    }
    let words = ["compare"] + (1...3).map { folder.file("\($0)") }
    let json = try await BuiltProgram.retinue.run(words + ["--json"])
    let text = try await BuiltProgram.retinue.run(words)

    expect(json.status, equals: 0, "\(json.errors)")
    try expect(json.json["growing"]?.array?.isEmpty, equals: true)
    try expect(json.json["tooling"]?[0]?["class"]?.string, equals: "Printed")
    let heading = "Only a debugger or its console keeps these, not the program:"
    #expect(text.output.contains(heading + "\n\n1. Printed"))
  }

  @Test(
    arguments: [
      (["one"], "give two snapshots"), (["--base", "service=a"], "belong together"),
      (["--base", "service=a", "--main", "colour=red"], "'colour' is not a label"),
      (["--base", "service=a", "--main", "service=b", "file"], "take neither snapshots"),
      (["a", "b", "--fail-on", "growth>0"], "is not a rule"),
      (["a", "b", "--fail-on", "class=A,growth>-1"], "is not a rule"),
      (["a", "b", "--fail-on", "class=,growth>1"], "is not a rule"),
      (["a", "b", "--floor", "much"], "is not a size"),
      (["--by", "runtime"], "say which targets"),
      (["a", "b", "-s", "service=a"], "belongs to --by"),
      (["--by", "colour", "-s", "service=a"], "is not one of runtime"),
      (["--by", "runtime", "-s", "colour=red"], "'colour' is not a label"),
      (["--by", "runtime", "-s", "service=a", "file"], "takes neither snapshots"),
      (["--by", "runtime", "--base", "service=a", "--main", "service=b"], "goes without --base"),
    ] as [([String], String)]
  )
  func `wrong words are refused`(words: [String], sentence: String) async throws {
    let outcome = try await BuiltProgram.retinue.run(["compare"] + words)

    expect(outcome.status, equals: 2)
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
  }

  @Test func `a file that is no snapshot fails and is no finding`() async throws {
    let folder = TemporaryFolder()
    try folder.write("good", heap(sessions: 1).bytes)
    let outcome = try await BuiltProgram.retinue.run([
      "compare", folder.file("good"), folder.file("absent"), "--json",
    ])

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains(folder.file("absent")))
    #expect(outcome.output.isEmpty)
  }

  // MARK: - The collector's

  @Test func `two ids are compared by the collector`() async throws {
    let ids = ["aa", "bb"].map { String(repeating: $0, count: 16) }
    let outcome = try await ScriptedCollector.run(
      "compare",
      ids[0],
      ids[1],
      "--json",
      "--fail-on",
      "class=Session,growth>0"
    ) { script in
      script.answer(Queries.compare) { request in
        guard request.baseSnapshotID == ids[0], request.mainSnapshotID == ids[1] else {
          throw RPCError(.invalidArgument, "other snapshots: \(request)")
        }
        let delta = ClassDelta(
          key: ",Session",
          name: "Session",
          addedCount: 7,
          removedCount: 2,
          addedSize: 70,
          removedSize: 20
        )
        return request.cursor.isEmpty
          ? CompareReply(byID: false, note: "two processes", classes: [delta], nextCursor: "2")
          : CompareReply()
      }
    }

    expect(outcome.status, equals: 3, "\(outcome.errors)")
    let json = try outcome.json
    expect(json["comparedByID"]?.bool, equals: false)
    expect(json["note"]?.string, equals: "two processes")
    expect(json["classes"]?[0]?["addedCount"]?.int, equals: 7)
    expect(json["classes"]?[0]?["countDelta"]?.int, equals: 5)
    expect(json["classes"]?[0]?["sizeDelta"]?.int, equals: 50)
  }

  @Test func `two parts of the fleet are compared by their selectors`() async throws {
    let script = { (script: inout ScriptedCollector.Script) in
      script.answer(Queries.compareFleet) { request in
        guard request.baseSelector == "version=1.4.1", request.mainSelector == "version=1.4.2"
        else {
          throw RPCError(.invalidArgument, "other selectors: \(request)")
        }
        return CompareFleetReply(
          baseInstances: 2,
          mainInstances: 3,
          classes: [
            FleetClassRow(
              key: ",Session",
              name: "Session",
              baseMedianCount: 10,
              mainMedianCount: 2_000.5,
              baseMedianSize: 640,
              mainMedianSize: 128_032,
              mainInstancesAbove: 3,
              significant: true
            )
          ],
          notes: ["web-9 has no snapshot"]
        )
      }
    }
    let words = ["compare", "--base", "version=1.4.1", "--main", "version=1.4.2"]
    let json = try await ScriptedCollector.run(words + ["--json"], script: script)
    let text = try await ScriptedCollector.run(words, script: script)

    expect(json.status, equals: 0, "\(json.errors)")
    let row = try json.json["classes"]?[0]
    expect(row?["name"]?.string, equals: "Session")
    expect(row?["mainMedianCount"]?.double, equals: 2_000.5)
    expect(row?["mainInstancesAbove"]?.int, equals: 3)
    expect(row?["significant"]?.bool, equals: true)
    try expect(json.json["baseInstances"]?.int, equals: 2)
    #expect(text.output.contains("3 of 3"))
    #expect(text.output.contains("Note: web-9 has no snapshot"))
  }

  @Test func `runtimes stand side by side, each instance by its latest snapshot`() async throws {
    let ids = ["aa", "bb", "cc", "dd"].map { String(repeating: $0, count: 16) }
    let script = { (script: inout ScriptedCollector.Script) in
      script.answer(Queries.listSnapshots) { request in
        guard request.choice == .selector("service=shop") else {
          throw RPCError(.invalidArgument, "another choice: \(request)")
        }
        // Newest first; the third is older than the first of the same target.
        var rows = ids.map { Samples.snapshot(id: $0) }
        rows[1].runtime = .bun
        rows[1].targetID = Samples.secondID
        rows[3].targetID = TargetID(high: 3, low: 3)
        return ListSnapshotsReply(rows: rows)
      }
      script.answer(Queries.readAnalysis) { request in
        guard request.snapshotID != ids[3] else {
          throw RPCError(.failedPrecondition, "cannot be analysed: cut short")
        }
        var snapshot = Samples.snapshot(id: request.snapshotID)
        if request.snapshotID == ids[1] { snapshot.runtime = .bun }
        let count: UInt64 = request.snapshotID == ids[1] ? 500 : 1_000
        let order = ClassRow(
          key: ",Order",
          name: "Order",
          count: count,
          selfSize: count * 8,
          retainedSize: 1,
          distance: 2
        )
        var shape = order
        shape.name = "{id, total}"
        return ReadAnalysisReply(
          snapshot: snapshot,
          totals: request.snapshotID == ids[2]
            ? nil : AnalysisTotals(untold: snapshot.runtime == .bun ? ["stringText"] : []),
          classes: request.snapshotID == ids[1] ? [order] : [order, shape]
        )
      }
    }
    let words = ["compare", "--by", "runtime", "-s", "service=shop"]
    let json = try await ScriptedCollector.run(words + ["--json"], script: script)
    let text = try await ScriptedCollector.run(words, script: script)

    expect(json.status, equals: 0, "\(json.errors)")
    let groups = try json.json["groups"]?.array ?? []
    expect(groups.compactMap { $0["name"]?.string }, equals: ["bun", "node"])
    expect(groups.compactMap { $0["instances"]?.int }, equals: [1, 1])
    expect(groups.first?["untold"]?[0]?.string, equals: "stringText")
    expect(groups.last?["untold"]?.array?.count, equals: 0)
    try expect(json.json["notes"]?.array?.count, equals: 1)
    let row = try json.json["classes"]?[0]
    expect(row?["groups"]?.array?.compactMap { $0["medianCount"]?.int }, equals: [500, 1_000])
    expect(row?["ratio"]?.double, equals: 2)
    // One that is there once is of no class of its own.
    let shape = try json.json["classes"]?[1]?["groups"]
    #expect(shape?[0]?["medianCount"]?.isNull == true && shape?[1]?["medianCount"]?.int == 1_000)
    #expect(text.output.contains("Note: a shape of plain objects that few"), "\(text.output)")
    #expect(text.output.contains("2.0×"), "\(text.output)")
    #expect(text.output.contains("Note: checkout web-1: cannot be analysed: cut short"))
  }

  // MARK: - Support

  /// A list of sessions, each of 32 bytes.
  private func heap(sessions: Int) -> V8SnapshotText {
    var heap = V8SnapshotText()
    let list = heap.node("Array", size: 16)
    heap.edge(from: 0, to: list, named: "list")
    for _ in 0..<sessions {
      let session = heap.node("Session", size: 32)
      heap.edge(from: list, to: session, named: "item")
    }
    return heap
  }
}

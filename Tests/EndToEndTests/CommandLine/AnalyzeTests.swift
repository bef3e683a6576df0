internal import FleetProtocol
internal import GRPCTransport
internal import JSONStream
internal import TestSupport
internal import Testing

/// `retinue analyze` on files, as built.
@Suite(.enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"))
struct AnalyzeTests {
  @Test(
    .enabled(if: SharedMaterial.isPresent, "the shared material is absent"),
    arguments: ["t.1", "t.3", "page"]
  )
  func `digests, classes and statistics are those of Chrome DevTools`(name: String) async throws {
    let file = SharedMaterial.file("oracle/\(name).heapsnapshot.zst")
    let outcome = try await BuiltProgram.retinue.run(
      ["analyze", file, "--json", "--digests"],
      seconds: 300
    )
    let ours = try JSONValue(parsing: outcome.output, limits: .large)
    let theirs = try JSONValue(
      parsing: Proof.shell("cat '\(SharedMaterial.file("oracle/\(name).oracle.json"))'").output,
      limits: .large
    )

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    expect(ours["nodeCount"], equals: theirs["node_count"])
    expect(ours["edgeCount"], equals: theirs["edge_count"])
    expect(ours["totalSelfSize"], equals: theirs["total_shallow_size"])
    expect(ours["totalRetainedSize"], equals: theirs["total_size"])
    expect(ours["statistics"], equals: theirs["statistics"])
    for (mine, other) in [
      ("selfSizes", "self_sizes_u32"), ("dominators", "dominators_u32"),
      ("retainedSizes", "retained_f64"), ("distances", "distances_i32"),
    ] {
      for digest in ["fnv1a64", "sha256"] {
        let expected = theirs["digests"]?[other]?[digest]?.string
        #expect(expected != nil)
        expect(ours["digests"]?[mine]?[digest]?.string, equals: expected, "\(mine) \(digest)")
      }
    }
    expect(rows(ours, "selfSize", "retainedSize"), equals: rows(theirs, "self", "maxRet"))
  }

  /// The class table as text, a line for each class, in order of keys.
  private func rows(_ value: JSONValue, _ selfSize: String, _ retainedSize: String) -> [String] {
    (value["classes"]?.array ?? []).map { row in
      let numbers = ["count", selfSize, retainedSize, "distance"].map { row[$0]?.int ?? .min }
      return "\(row["key"]?.string ?? "") \(numbers)"
    }
    .sorted()
  }

  @Test func `a small heap has its classes and largest objects, in every form`() async throws {
    let folder = TemporaryFolder()
    try folder.write("heap.heapsnapshot", heap.bytes)
    _ = Proof.shell("gzip -k '\(folder.file("heap.heapsnapshot"))'")

    for name in ["heap.heapsnapshot", "heap.heapsnapshot.gz"] {
      let outcome = try await BuiltProgram.retinue.run(["analyze", folder.file(name), "--json"])
      let json = try outcome.json
      expect(json["schemaVersion"]?.int, equals: 1, "\(outcome.errors)")
      expect(json["engine"]?.string, equals: "v8")
      expect(json["nodeCount"]?.int, equals: 4)
      let session = json["classes"]?.array?.first { $0["name"]?.string == "Session" }
      expect(session?["count"]?.int, equals: 2)
      expect(session?["selfSize"]?.int, equals: 64)
      #expect(json["digests"] == nil)
      #expect(json["largest"]?[0]?["class"]?.string != nil)
    }
  }

  @Test func `what Bun showed of Maps and Sets is told, as an estimate`() async throws {
    let folder = TemporaryFolder()
    var bun = JSCSnapshotText()
    for (id, name) in [(1, "Map"), (2, "Set")] {
      bun.edge(from: 0, to: bun.node(name, id: id))
    }
    bun.node("Session")
    bun.node("string")
    // Class names: 0 the root, then in the order of the nodes.
    bun.extraMembers = [#""retinueCollections":[2,70,3,5,1,1000,4,5,1,1000,3,4]"#]
    try folder.write("bun.json", bun.bytes)

    let json = try await BuiltProgram.retinue.run(["analyze", folder.file("bun.json"), "--json"])
      .json
    let shown = (json["shownCollections"]?.array ?? []).map { row in
      let seen = (row["seen"]?.array ?? []).map { seen in
        "\(seen["count"]?.int ?? 0) \(seen["class"]?.string ?? "")"
      }
      return "\(row["class"]?.string ?? "") @\(row["id"]?.int ?? 0) of "
        + "\(row["entryCount"]?.int ?? 0): \(seen.joined(separator: ", "))"
    }
    expect(shown, equals: ["Map @1 of 1000: 5 (string), 4 Session", "Set @2 of 70: 5 Session"])
    let text = try await BuiltProgram.retinue.run(["analyze", folder.file("bun.json")]).output
    #expect(text.contains("does not tell what a Map or a Set holds"), "\(text)")
    #expect(text.contains("5 (string), 4 Session"), "\(text)")
    let v8 = TemporaryFolder()
    try v8.write("heap.heapsnapshot", heap.bytes)
    let other = try await BuiltProgram.retinue.run(["analyze", v8.file("heap.heapsnapshot")])
    expect(other.output.contains("Map or a Set"), equals: false)
  }

  @Test func `single objects are found by conditions, page by page`() async throws {
    let folder = TemporaryFolder()
    try folder.write("heap.heapsnapshot", heap.bytes)
    let analyze = ["analyze", folder.file("heap.heapsnapshot"), "--json", "--limit", "1"]
    let sessions = ["--where", "class=Sess*", "--where", "self>=32"]

    let first = try await BuiltProgram.retinue.run(analyze + sessions + ["--sort", "id"]).json
    expect(first["matched"]?["count"]?.int, equals: 2)
    expect(first["matched"]?["selfSize"]?.int, equals: 64)
    expect(first["objects"]?.array?.count, equals: 1)
    expect(first["objects"]?[0]?["class"]?.string, equals: "Session")
    expect(first["objects"]?[0]?["type"]?.string, equals: "object")
    let second = try await BuiltProgram.retinue.run(
      analyze + sessions + ["--sort", "id", "--offset", "1"]
    ).json
    let ids = [first, second].compactMap { $0["objects"]?[0]?["id"]?.int }
    #expect(ids.count == 2 && ids[0] < ids[1])

    let wrong = try await BuiltProgram.retinue.run(analyze + ["--where", "color=red"])
    expect(wrong.status, equals: 2)
    #expect(wrong.errors.contains("class=PATTERN"))
    let untold = try await BuiltProgram.retinue.run(analyze + ["--where", "dominated-by=@999999"])
    expect(untold.status, equals: 1)
    #expect(untold.errors.contains("@999999"))
  }

  @Test func `the collector looks for objects of its snapshots itself, a page at a time`()
    async throws
  {
    let id = String(repeating: "ab", count: 16)
    let outcome = try await ScriptedCollector.run(
      "analyze",
      id,
      "--where",
      "class=Sess*",
      "--sort",
      "self",
      "--offset",
      "10",
      "--limit",
      "2",
      "--json"
    ) { script in
      script.answer(FleetMethods.Queries.findObjects) { request in
        guard request.snapshotID == id, request.conditions == ["class=Sess*"],
          request.order == "self"
        else { throw RPCError(.invalidArgument, "another question: \(request)") }
        // One at a time, as where more does not fit into an answer.
        let row = ObjectRow(id: request.offset, className: "Session", selfSize: 32)
        return FindObjectsReply(
          engine: "v8",
          count: 40,
          selfSize: 1_280,
          retainedSize: 2_000,
          classCount: 1,
          classes: [FoundClass(name: "Session", count: 40, selfSize: 1_280)],
          objects: [FoundObject(row: row, type: "object")]
        )
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    let json = try outcome.json
    expect(json["matched"]?["count"]?.int, equals: 40)
    expect(json["classes"]?[0]?["count"]?.int, equals: 40)
    expect(json["objects"]?.array?.compactMap { $0["id"]?.int }, equals: [10, 11])
    expect(json["objects"]?[0]?["type"]?.string, equals: "object")

    let tooMany = Array(repeating: ["--where", "class=A"], count: 65).flatMap { $0 }
    let tooLong = ["--where", "class=" + String(repeating: "A", count: 2_048)]
    for (conditions, words) in [(tooMany, "at most 64"), (tooLong, "at most 2048 bytes")] {
      let refused = try await ScriptedCollector.run(["analyze", id] + conditions) { _ in }
      expect(refused.status, equals: 2)
      #expect(refused.errors.contains(words), "\(refused.errors)")
    }
  }

  @Test func `how objects are held is told for all of them`() async throws {
    let folder = TemporaryFolder()
    try folder.write("heap.heapsnapshot", heap.bytes)
    let analyze = [
      "analyze", folder.file("heap.heapsnapshot"), "--where", "class=Session", "--paths",
    ]
    let json = try await BuiltProgram.retinue.run(analyze + ["--json"]).json
    let text = try await BuiltProgram.retinue.run(analyze)
    let behind = try await BuiltProgram.retinue.run(analyze + ["--offset", "1"])

    expect(json["matched"]?["count"]?.int, equals: 2)
    expect(json["pathless"]?["count"]?.int, equals: 0)
    expect(json["pathCount"]?.int, equals: 1)
    let path = json["paths"]?[0]
    expect(path?["count"]?.int, equals: 2)
    expect(path?["selfSize"]?.int, equals: 64)
    expect(path?["retainedSize"]?.int, equals: 64)
    expect(path?["origin"]?.string, equals: "program")
    expect(path?["retainerPath"]?.array?.last?.string, equals: ".item: Session")
    #expect(text.output.contains("2 objects, all looked at · 1 path · 64 B"), "\(text.output)")
    #expect(text.output.contains(path?["fingerprint"]?.string ?? "none"), "\(text.output)")
    #expect(behind.output.contains("No more paths."), "\(behind.output)")
    for words in [["--paths"], ["--where", "class=A", "--paths", "--sort", "id"]] {
      let refused = try await BuiltProgram.retinue.run(["analyze", "abcd1234"] + words)
      expect(refused.status, equals: 2, "\(refused.errors)")
    }
  }

  @Test func `the collector tells how objects of its snapshots are held, a page at a time`()
    async throws
  {
    let id = String(repeating: "ab", count: 16)
    let words = ["analyze", id, "--where", "class=A", "--paths", "--offset", "3", "--limit", "2"]
    let outcome = try await ScriptedCollector.run(words + ["--json"]) { script in
      script.answer(FleetMethods.Queries.findPaths) { request in
        guard request.snapshotID == id, request.conditions == ["class=A"] else {
          throw RPCError(.invalidArgument, "another question: \(request)")
        }
        let path = FoundPath(
          fingerprint: String(repeating: "0f", count: 16),
          origin: "tooling",
          steps: ["(GC roots)", "{DevTools console}: A"],
          count: 7,
          exampleID: request.offset
        )
        return FindPathsReply(engine: "v8", count: 40, pathCount: 9, paths: [path])
      }
    }

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    let json = try outcome.json
    expect(json["matched"]?["count"]?.int, equals: 40)
    expect(json["paths"]?.array?.compactMap { $0["exampleID"]?.int }, equals: [3, 4])
    expect(json["paths"]?[0]?["origin"]?.string, equals: "tooling")
  }

  @Test func `a heap divides between its contexts, and what is outside it is told by class`()
    async throws
  {
    var text = V8SnapshotText()
    for (name, size) in [("a", 300), ("b", 100)] as [(String, UInt64)] {
      let context = text.node("system / NativeContext / https://\(name)", type: "hidden", size: 50)
      text.edge(from: 0, to: context, named: name)
      let object = text.node("Page", size: size)
      text.edge(from: context, to: object, named: "object", type: "internal")
    }
    let buffer = text.node("system / JSArrayBufferData", type: "native", size: 7_000)
    text.edge(from: 0, to: buffer, named: "buffer")
    let folder = TemporaryFolder()
    try folder.write("heap", text.bytes)
    let json = try await BuiltProgram.retinue.run(["analyze", folder.file("heap"), "--json"]).json
    let shown = try await BuiltProgram.retinue.run(["analyze", folder.file("heap")]).output

    let contexts = json["nativeContexts"]?["contexts"]
    expect(contexts?[0]?["name"]?.string, equals: "system / NativeContext / https://a")
    expect(contexts?[0]?["attributedSize"]?.int, equals: 350)
    expect(contexts?[1]?["attributedSize"]?.int, equals: 150)
    expect(json["nativeContexts"]?["contextCount"]?.int, equals: 2)
    expect(json["nativeContexts"]?["sharedSize"]?.int, equals: 0)
    expect(json["nativeContexts"]?["unattributedSize"]?.int, equals: 7_000)
    expect(json["nativeClasses"]?[0]?["selfSize"]?.int, equals: 7_000)
    #expect(shown.contains("native by class: system / JSArrayBufferData 7.0 kB"), "\(shown)")
    #expect(shown.contains("of several contexts 0 B · of none 7.0 kB"), "\(shown)")
  }

  @Test func `what hangs on a holder that is not known is said, with its share`() async throws {
    var text = JSCSnapshotText()
    let global = text.node("GlobalObject", size: 100)
    text.edge(from: 0, to: global)
    for _ in 0..<3 { text.node("Session", size: 100) }
    let folder = TemporaryFolder()
    try folder.write("bun.json", text.bytes)
    let file = folder.file("bun.json")
    let json = try await BuiltProgram.retinue.run(["analyze", file, "--json"]).json
    let shown = try await BuiltProgram.retinue.run(["analyze", file]).output

    expect(json["unheld"]?["count"]?.int, equals: 3)
    expect(json["unheld"]?["retainedSize"]?.int, equals: 300)
    expect(json["nodeCount"]?.int, equals: 5)
    let untold = json["untold"]?.array?.compactMap(\.string) ?? []
    #expect(untold.contains("collectionContents") && untold.contains("detachedness"))
    #expect(shown.contains("holder unknown: 3 objects, such as entries of a Map, keep 300 B"))
    #expect(shown.contains("(75.0 % of the heap)"), "\(shown)")
    #expect(shown.contains("what a Map or a Set holds"), "\(shown)")
  }

  @Test func `texts that stand in a heap twice are listed`() async throws {
    var text = V8SnapshotText()
    for index in 1...3 {
      text.edge(from: 0, to: text.node("same", type: "string", size: 20), index: UInt32(index))
    }
    let folder = TemporaryFolder()
    try folder.write("heap.heapsnapshot", text.bytes)
    let json = try await BuiltProgram.retinue.run(
      ["analyze", folder.file("heap.heapsnapshot"), "--duplicated-strings", "--json"]
    ).json

    expect(json["strings"]?[0]?["text"]?.string, equals: "same")
    expect(json["strings"]?[0]?["count"]?.int, equals: 3)
    expect(json["duplicated"]?["wastedSize"]?.int, equals: 40)
  }

  @Test func `where an engine has no texts that is said`() async throws {
    let text = """
      {"version":3,"type":"Inspector","nodes":[0,0,0,0, 1,16,1,0, 2,16,2,0, 3,16,2,0],\
      "nodeClassNames":["<root>","GlobalObject","string"],"edges":[0,1,0,0, 1,2,1,0, 1,3,1,1],\
      "edgeTypes":["Internal","Property","Index","Variable"],"edgeNames":["a","b"]}
      """
    let folder = TemporaryFolder()
    try folder.write("heap.json", Array(text.utf8))
    for words in [["--duplicated-strings"], ["--where", "name=a"]] {
      let outcome = try await BuiltProgram.retinue.run(
        ["analyze", folder.file("heap.json"), "--json"] + words
      )

      expect(outcome.status, equals: 1, "\(words)")
      #expect(outcome.errors.contains("JavaScriptCore, does not tell the text"), "\(words)")
      #expect(outcome.output.isEmpty)
    }
  }

  @Test func `what is alive of a recording is told by time, stack and class`() async throws {
    let folder = TemporaryFolder()
    let file = folder.file("timeline.heapsnapshot")
    try folder.write("timeline.heapsnapshot", V8SnapshotText.timeline().bytes)
    let json = try await BuiltProgram.retinue.run(["analyze", file, "--allocations", "--json"]).json
    let text = try await BuiltProgram.retinue.run(["analyze", file, "--allocations"]).output

    expect(json["timeline"]?[1]?["liveSize"]?.int, equals: 64)
    expect(json["stacks"]?[0]?["frames"]?[0]?["function"]?.string, equals: "serve")
    expect(json["stacks"]?[0]?["classes"]?[0]?["name"]?.string, equals: "Session")
    expect(json["classes"]?[0]?["stacks"]?[0]?["id"]?.int, equals: 3)
    expect(json["functions"]?[0]?["allocatedSize"]?.int, equals: 400)
    #expect(text.contains("serve app.js:20 ← main app.js:10 ← (root)"), "\(text)")

    try folder.write("heap.heapsnapshot", heap.bytes)
    let other = try await BuiltProgram.retinue.run(
      ["analyze", folder.file("heap.heapsnapshot"), "--allocations"]
    )
    expect(other.status, equals: 1)
    #expect(other.errors.contains("nobody tracked allocations"), "\(other.errors)")
  }

  @Test func `the table is for people`() async throws {
    let folder = TemporaryFolder()
    try folder.write("heap.heapsnapshot", heap.bytes)
    let outcome = try await BuiltProgram.retinue.run(["analyze", folder.file("heap.heapsnapshot")])

    expect(outcome.status, equals: 0)
    #expect(outcome.errors.isEmpty, "no progress where nobody watches")
    #expect(outcome.output.contains("v8 · 4 objects"))
    #expect(outcome.output.contains("Session"))
  }

  @Test(
    arguments: [
      ("cut", "ends"), ("text", "not a heap snapshot"), ("empty", "empty"),
      ("absent", "No such file"),
    ]
  )
  func `a file that is no snapshot is named with what is wrong`(
    kind: String,
    sentence: String
  ) async throws {
    let folder = TemporaryFolder()
    let bytes = heap.bytes
    try folder.write("cut", Array(bytes.prefix(bytes.count / 2)))
    try folder.write("text", Array("hello".utf8))
    try folder.write("empty", [])
    let outcome = try await BuiltProgram.retinue.run(["analyze", folder.file(kind)])

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains(folder.file(kind)))
    #expect(outcome.errors.contains(sentence), "\(outcome.errors)")
    #expect(outcome.output.isEmpty)
  }

  @Test func `of a file that is cut what is there is analysed when asked to, and labelled`()
    async throws
  {
    let folder = TemporaryFolder()
    let bytes = Array(heap.bytes.dropLast(2))
    try folder.write("cut", bytes)
    try folder.write("whole", heap.bytes)
    let cut = folder.file("cut")
    let text = try await BuiltProgram.retinue.run(["analyze", cut, "--partial"])
    let json = try await BuiltProgram.retinue.run(
      ["analyze", cut, "--partial", "--digests", "--json"]
    ).json
    let objects = try await BuiltProgram.retinue.run(
      ["analyze", cut, "--partial", "--where", "class=Session", "--json"]
    ).json
    let whole = try await BuiltProgram.retinue.run(
      ["analyze", folder.file("whole"), "--partial", "--digests", "--json"]
    ).json

    expect(text.status, equals: 0)
    #expect(text.output.hasPrefix("PARTIAL · breaks at byte \(bytes.count): the snapshot ends"))
    expect(json["partial"]?["byteOffset"]?.int, equals: Int64(bytes.count))
    expect(json["partial"]?["declaredNodeCount"]?.int, equals: 4)
    expect(objects["partial"]?["omittedNodeCount"]?.int, equals: 0)
    expect(objects["matched"]?["count"]?.int, equals: 2)
    #expect(whole["partial"] == nil)
    #expect(whole["digests"] != nil && whole["digests"] == json["digests"])
  }

  @Test(arguments: [
    ["--where", "class=A", "--allocations"], ["--duplicated-strings", "--unread-variables"],
    ["--digests", "--allocations"], ["--partial"],
  ])
  func `two lists, or a part of a snapshot that is whole, are no question`(
    words: [String]
  ) async throws {
    let outcome = try await BuiltProgram.retinue.run(["analyze", "abcd1234"] + words)

    expect(outcome.status, equals: 2, "\(outcome.errors)")
  }

  @Test func `JSON of two files is refused, since it is one object`() async throws {
    let outcome = try await BuiltProgram.retinue.run(["analyze", "a", "b", "--json"])

    expect(outcome.status, equals: 2)
  }

  private var heap: V8SnapshotText {
    var heap = V8SnapshotText()
    let list = heap.node("Array", size: 16)
    heap.edge(from: 0, to: list, named: "list")
    for _ in 0..<2 {
      let session = heap.node("Session", size: 32)
      heap.edge(from: list, to: session, named: "item")
    }
    return heap
  }
}

extension JSONValue.Limits {
  static var large: JSONValue.Limits {
    JSONValue.Limits(bytes: 64 << 20, values: 10_000_000, depth: 64)
  }
}

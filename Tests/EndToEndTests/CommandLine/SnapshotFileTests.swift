internal import FleetProtocol
internal import GRPCTransport
internal import HeapModel
internal import JSONStream
internal import SnapshotColumns
internal import SnapshotFormats
internal import TestSupport
internal import Testing

/// `retinue snapshot get` and `convert`: files out of blocks, and out of other files.
@Suite(.enabled(if: BuiltProgram.retinue.isBuilt, "retinue is not built"))
struct SnapshotFileTests {
  @Test func `a snapshot comes home as V8 wrote it`() async throws {
    let folder = TemporaryFolder()
    let outcome = try await get("heapsnapshot", to: folder.file("out"), blocks: try blocks())

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    try expect(JSONValue(parsing: folder.bytes("out")), equals: JSONValue(parsing: heap.bytes))
    let json = try outcome.json
    expect(json["path"]?.string, equals: folder.file("out"))
    expect(json["format"]?.string, equals: "heapsnapshot")
    expect(json["bytes"]?.int, equals: Int64(folder.bytes("out").count))
    expect(json["redaction"]?.string, equals: "none")
  }

  @Test func `a native file is analysed like the text it came from`() async throws {
    let folder = TemporaryFolder()
    try folder.write("text", heap.bytes)
    let outcome = try await get("native", to: folder.file("native"), blocks: try blocks())
    let words = ["--json", "--digests"]
    let native = try await BuiltProgram.retinue.run(["analyze", folder.file("native")] + words)
    let text = try await BuiltProgram.retinue.run(["analyze", folder.file("text")] + words)

    expect(outcome.status, equals: 0, "\(outcome.errors)")
    expect(native.status, equals: 0, "\(native.errors)")
    expect(native.output, equals: text.output)
  }

  @Test func `the file is for its owner alone`() async throws {
    let folder = TemporaryFolder()
    _ = try await get("native", to: folder.file("out"), blocks: try blocks())

    expect(Proof.shell("stat -c %a '\(folder.file("out"))'").output, equals: "600\n")
  }

  @Test(arguments: ["native", "heapsnapshot"])
  func `half a snapshot leaves no file`(format: String) async throws {
    let folder = TemporaryFolder()
    let outcome = try await get(format, to: folder.file("out"), blocks: try blocks().dropLast())

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("unclosed"), "\(outcome.errors)")
    #expect(Proof.shell("ls '\(folder.path)'").output.isEmpty)
  }

  @Test func `a block that was changed on the way is refused`() async throws {
    let folder = TemporaryFolder()
    var blocks = try blocks()
    let bytes = blocks[1].payload
    blocks[1].payload[bytes.count / 2] ^= 1
    let outcome = try await get("native", to: folder.file("out"), blocks: blocks)

    expect(outcome.status, equals: 1)
    #expect(Proof.shell("ls '\(folder.path)'").output.isEmpty)
  }

  @Test func `a heap of Bun is converted for DevTools and back to its own text`() async throws {
    let folder = TemporaryFolder()
    try folder.write("bun.json", bunHeap.bytes)
    for (input, format) in [
      ("bun.json", "native"), ("native", "engine"), ("native", "heapsnapshot"),
    ] {
      let outcome = try await BuiltProgram.retinue.run([
        "snapshot", "convert", folder.file(input), "--format", format, "-o", folder.file(format),
      ])
      expect(outcome.status, equals: 0, "\(outcome.errors)")
    }
    let ours = try await BuiltProgram.retinue.run(["analyze", folder.file("native"), "--json"])
    let shown = try await BuiltProgram.retinue.run(
      ["analyze", folder.file("heapsnapshot"), "--json"])

    try expect(
      JSONValue(parsing: folder.bytes("engine")),
      equals: JSONValue(parsing: bunHeap.bytes)
    )
    try expect(ours.json["engine"]?.string, equals: "javascriptcore")
    try expect(shown.json["engine"]?.string, equals: "v8")
    try expect(ours.json["nodeCount"], equals: shown.json["nodeCount"])
  }

  @Test func `a file that cannot be written is named`() async throws {
    let folder = TemporaryFolder()
    try folder.write("heap", heap.bytes)
    let outcome = try await BuiltProgram.retinue.run([
      "snapshot", "convert", folder.file("heap"), "-o", "/nonexistent/out",
    ])

    expect(outcome.status, equals: 1)
    #expect(outcome.errors.contains("cannot write /nonexistent/out"))
  }

  @Test func `a pipe is written where it stands`() async throws {
    let folder = TemporaryFolder()
    try folder.write("heap", heap.bytes)
    let (pipe, out) = (folder.file("pipe"), folder.file("out"))
    let retinue = BuiltProgram.retinue.path ?? ""
    let convert = "'\(retinue)' snapshot convert '\(folder.file("heap"))' -o '\(pipe)' > /dev/null"
    let outcome = Proof.shell(
      "mkfifo '\(pipe)'; cat '\(pipe)' > '\(out)' & \(convert) && wait && test -p '\(pipe)'"
    )

    expect(outcome.status, equals: 0)
    try expect(JSONValue(parsing: folder.bytes("out")), equals: JSONValue(parsing: heap.bytes))
  }

  // MARK: - Support

  private func get(
    _ format: String,
    to path: String,
    blocks: some Collection<Block> & Sendable
  ) async throws -> BuiltProgram.Outcome {
    let blocks = Array(blocks)
    return try await ScriptedCollector.run(
      "snapshot",
      "get",
      Samples.snapshotID,
      "--format",
      format,
      "-o",
      path,
      "--json"
    ) { script in
      script.answer(FleetMethods.Queries.listSnapshots) { _ in
        ListSnapshotsReply(rows: [Samples.snapshot()])
      }
      script.stream(FleetMethods.Queries.readBlocks) { request in
        guard request.snapshotID == Samples.snapshotID, request.fromIndex == 0 else {
          throw RPCError(.invalidArgument, "another request: \(request)")
        }
        return blocks
      }
    }
  }

  /// The heap as an agent would send it.
  private func blocks() throws -> [Block] {
    var blocks: [Block] = []
    let encoder = try SnapshotColumnsEncoder { (block) throws(SnapshotError) in
      blocks.append(
        Block(
          index: block.index,
          kind: block.kind,
          rawSize: UInt32(block.rawByteCount),
          payload: block.bytes
        )
      )
    }
    let reader = try SnapshotTextReader(receiver: encoder)
    try heap.bytes.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    return blocks
  }

  private var heap: V8SnapshotText {
    var heap = V8SnapshotText()
    for number in 0..<2_000 {
      let node = heap.node("Session\(number)", size: 32)
      heap.edge(from: 0, to: node, named: "session")
    }
    return heap
  }

  private var bunHeap: JSCSnapshotText {
    var heap = JSCSnapshotText()
    for number in 0..<10 {
      let node = heap.node("Session\(number)", size: 32)
      heap.edge(from: 0, to: node, named: "session")
    }
    return heap
  }
}

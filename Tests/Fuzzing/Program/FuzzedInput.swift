import Glibc
import HeapAnalysis
import HeapModel
import SnapshotColumns
import SnapshotFormats

/// One input of the fuzzer, and what must hold of it whatever it is.
///
/// Of every input:
/// - Nothing traps, leaks or reads what is not its own.
/// - A graph comes of it, or an error; of what is in front of the error a part comes, which is
///   called one, or an error again.
///
/// Of one in eight, since it takes three times as long. Which they are is in the bytes, so that an
/// input that was kept does the same each time:
/// - Where the bytes are cut plays no part: the error and its place are the same, or the graph is.
/// - What is whole is the same graph to who asks for a part.
/// - What came of it can be analysed.
struct FuzzedInput {
  let reader: FuzzedReader
  let bytes: UnsafeRawBufferPointer

  func check() {
    let builder = HeapGraphBuilder()
    let failure = read(into: builder, pieceByteCount: max(bytes.count, 1))
    let graph: HeapGraph?
    if let failure {
      graph = try? builder.makePartialGraph(after: failure, end: UInt64(bytes.count))
      precondition(graph.map { $0.partial != nil } ?? true, "a part is not called one")
    } else {
      graph = try? builder.makeGraph()
    }
    guard isChosen else { return }
    if let graph { analyze(graph) }
    compareCutElsewhere(failure, graph)
  }

  /// Whether all that can be checked is: so it is for one in eight, by a hash of the bytes.
  private var isChosen: Bool {
    var hash = UInt64(bytes.count)
    for place in stride(from: 0, through: bytes.count - 8, by: 8) {
      hash ^= bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      hash = (hash ^ hash >> 32) &* 0x9E37_79B9_7F4A_7C15
    }
    return hash >> 61 == 0
  }

  private func compareCutElsewhere(_ failure: SnapshotError?, _ graph: HeapGraph?) {
    let builder = HeapGraphBuilder()
    // Prime, so that pieces end everywhere, and more than a machine word.
    let again = read(into: builder, pieceByteCount: 37)
    precondition(failure?.code == again?.code, "cut elsewhere: \(describe(failure, again))")
    precondition(failure?.byteOffset == again?.byteOffset, describe(failure, again))
    guard let part = try? builder.makePartialGraph(after: again, end: UInt64(bytes.count)) else {
      precondition(graph == nil, "a graph is there, but no part of it")
      return
    }
    if let graph {
      precondition(
        (part.partial == nil) == (failure == nil),
        "a part, or not, and called otherwise"
      )
      precondition(part.nodeCount == graph.nodeCount && part.edgeCount == graph.edgeCount)
    } else {
      precondition(failure == nil, "cut elsewhere there is a part")
      precondition(part.partial != nil, "a part of a graph is not called one")
      analyze(part)
    }
  }

  private func read(
    into receiver: any SnapshotRecordReceiver,
    pieceByteCount: Int
  ) -> SnapshotError? {
    do {
      try reader.read(bytes, into: receiver, pieceByteCount: pieceByteCount)
      return nil
    } catch let error as SnapshotError {
      return error
    } catch {
      preconditionFailure("an error of another kind: \(error)")
    }
  }

  /// Everything that `retinue analyze` may do with a heap.
  private func analyze(_ graph: HeapGraph) {
    guard let heap = try? analyzer.analyze(graph) else { return }
    _ = heap.largest(3)
    _ = heap.totalSelfSize &+ heap.totalRetainedSize
    for array in DigestedArray.allCases { _ = heap.fnv1a64(of: array) }
    _ = try? DuplicatedStrings(heap).groups
    for filter in DevToolsFilter.allCases { _ = try? heap.select(ObjectQuery([.filter(filter)])) }
    _ = try? heap.select(ObjectQuery([.detached(true)]))
    _ = try? heap.paths(PathQuery([]))
    _ = AllocationProfile(heap)
    _ = UnreadVariables(heap)
  }

  private func describe(_ a: SnapshotError?, _ b: SnapshotError?) -> String {
    "\(String(describing: a)) and \(String(describing: b))"
  }
}

/// Which of the readers is under test.
enum FuzzedReader: String {
  case v8
  case javaScriptCore = "jsc"
  case spiderMonkey = "spidermonkey"
  case columns

  /// Few nodes, so that what a header declares reserves little; but strings and headers longer than
  /// any input, since where such a limit is met depends on the pieces.
  private static let limits = SnapshotReadingLimits(
    byteCount: 1 << 20,
    nodeCount: 1 << 12,
    edgeCount: 1 << 13,
    stringByteCount: 1 << 18,
    stringCount: 1 << 14,
    headerByteCount: 1 << 18,
    depth: 64
  )

  func read(
    _ bytes: UnsafeRawBufferPointer,
    into receiver: any SnapshotRecordReceiver,
    pieceByteCount: Int
  ) throws {
    let reader: any SnapshotByteReader
    switch self {
    case .v8: reader = V8SnapshotReader(limits: Self.limits, receiver: receiver)
    case .javaScriptCore: reader = JSCSnapshotReader(limits: Self.limits, receiver: receiver)
    case .spiderMonkey: reader = SpiderMonkeySnapshotReader(limits: Self.limits, receiver: receiver)
    case .columns:
      try FuzzedColumns(bytes).read(into: receiver)
      return
    }
    var rest = bytes[...]
    while rest.isEmpty == false {
      try reader.consume(UnsafeRawBufferPointer(rebasing: rest.prefix(pieceByteCount)))
      rest = rest.dropFirst(pieceByteCount)
    }
    try reader.finish()
  }
}

/// One for all inputs, as in the collector: memory is asked for once and used again.
private let analyzer = HeapAnalyzer()

/// Taken from the environment, since the fuzzer's own arguments are not ours to add to.
private let reader: FuzzedReader = {
  let name = getenv("RETINUE_FUZZED_READER").map { String(cString: $0) } ?? ""
  guard let reader = FuzzedReader(rawValue: name) else {
    fatalError("RETINUE_FUZZED_READER is v8, jsc, spidermonkey or columns, not '\(name)'")
  }
  return reader
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let bytes = UnsafeRawBufferPointer(start: data, count: count)
  FuzzedInput(reader: reader, bytes: bytes).check()
  return 0
}

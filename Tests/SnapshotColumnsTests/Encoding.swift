import HeapModel
import SnapshotColumns
import SnapshotFormats
import TestSupport

/// The blocks of some records, handed to the encoder in batches of `batchSize`.
func encode(
  _ snapshot: RecordedSnapshot,
  provenance: SnapshotProvenance = SnapshotProvenance(),
  batchSize: Int = ColumnBatch.maximumRowCount
) throws -> [EncodedBlock] {
  let blocks = EncodedBlocks()
  let encoder = try SnapshotColumnsEncoder(provenance: provenance, emit: blocks.append)
  try snapshot.replay(into: encoder, batchSize: batchSize)
  return blocks.all
}

final class EncodedBlocks {
  private(set) var all: [EncodedBlock] = []

  func append(_ block: EncodedBlock) {
    all.append(block)
  }
}

func decode(
  _ blocks: [EncodedBlock],
  limits: SnapshotColumnsLimits = SnapshotColumnsLimits()
) throws -> RecordedSnapshot {
  let recorder = SnapshotRecorder()
  try decode(blocks, limits: limits, into: recorder)
  return recorder.snapshot
}

func decode(
  _ blocks: [EncodedBlock],
  limits: SnapshotColumnsLimits = SnapshotColumnsLimits(),
  into receiver: any SnapshotRecordReceiver
) throws {
  let decoder = try SnapshotColumnsDecoder(limits: limits, receiver: receiver)
  for block in blocks { try decoder.consume(block) }
  try decoder.finish()
}

/// What went wrong in decoding and building, or nil if nothing did.
func failure(_ blocks: [EncodedBlock]) -> SnapshotError? {
  do {
    let builder = HeapGraphBuilder()
    try decode(blocks, into: builder)
    _ = try builder.makeGraph()
    return nil
  } catch {
    return error as? SnapshotError
  }
}

/// The records of an engine's text.
func record(_ bytes: [UInt8]) throws -> RecordedSnapshot {
  let recorder = SnapshotRecorder()
  let reader = try SnapshotTextReader(receiver: recorder)
  try bytes.withUnsafeBytes { try reader.consume($0) }
  try reader.finish()
  return recorder.snapshot
}

// root -session-> Session -name-> "ann"
//   `--------------[7]-----------'
func smallHeap(_ style: V8SnapshotText.Style = .chromium) -> V8SnapshotText {
  var heap = V8SnapshotText(style: style)
  let session = heap.node("Session", size: 32)
  let name = heap.node("ann", type: "string", size: 24)
  heap.edge(from: 0, to: session, named: "session")
  heap.edge(from: 0, to: name, index: 7)
  heap.edge(from: session, to: name, named: "name")
  heap.location(of: session, script: 9, line: 12, column: 4)
  return heap
}

func smallHeap(_ kind: String) -> JSCSnapshotText {
  var heap = JSCSnapshotText(kind: kind)
  let session = heap.node("Session", id: 40, size: 32, flags: 2)
  let text = heap.node("string", id: 5, size: 20)
  heap.edge(from: 0, to: session, named: "session")
  heap.edge(from: session, to: text, variable: "name")
  return heap
}

/// A heap of many thousands of nodes, whose tables take several blocks.
func largeHeap(nodeCount: Int = 60_000, seed: UInt64 = 3) -> RecordedSnapshot {
  var random = SeededGenerator(seed: seed)
  var snapshot = (try? record(smallHeap(.node24).bytes)) ?? RecordedSnapshot()
  snapshot.header?.declaredNodeCount = UInt64(nodeCount)
  snapshot.header?.declaredEdgeCount = UInt64(nodeCount) * 3
  for index in snapshot.sections.indices {
    switch snapshot.sections[index].section.role {
    case .nodes:
      snapshot.sections[index].columns = [
        (0..<nodeCount).map { _ in Int64.random(in: 0..<15, using: &random) },
        (0..<nodeCount).map { _ in Int64.random(in: 0..<50_000, using: &random) },
        (0..<nodeCount).map { Int64(2 * $0 + 1) },
        (0..<nodeCount).map { _ in Int64.random(in: 0..<100_000, using: &random) },
        Array(repeating: 3, count: nodeCount),
        Array(repeating: 0, count: nodeCount),
      ]
    case .edges:
      let count = nodeCount * 3
      snapshot.sections[index].columns = [
        (0..<count).map { _ in Int64.random(in: 0..<7, using: &random) },
        (0..<count).map { _ in Int64.random(in: 0..<50_000, using: &random) },
        (0..<count).map { _ in Int64.random(in: 0..<Int64(nodeCount), using: &random) },
      ]
    case .names:
      snapshot.sections[index].strings = (0..<50_000).map { Array("string \($0 &* 7_919)".utf8) }
    default: break
    }
  }
  return snapshot
}

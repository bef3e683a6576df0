import Cryptography
import FleetProtocol
import HeapModel
import SnapshotColumns
import SnapshotFormats
import TestSupport

/// Small V8 heaps in which a class grows from step to step, as uploads.
enum LeakingHeap {
  /// The heap after `steps` steps of which each left `perStep` sessions in the map of a cache.
  ///
  /// - Parameters:
  ///   - isPrinted: whether a console keeps them instead of the cache
  ///   - script: in whose 12th line the class stands; without it nobody tells
  static func text(
    sessions: Int,
    className: String = "LeakedSession",
    isPrinted: Bool = false,
    script: String? = nil
  ) -> [UInt8] {
    var heap = V8SnapshotText(style: .node24)
    let roots = heap.node("(GC roots)", type: "synthetic", id: 3, size: 0)
    heap.edge(from: 0, to: roots, index: 1)
    let global = heap.node("global / ", type: "object", id: 5, size: 64)
    heap.edge(from: 0, to: global, named: "global", type: "shortcut")
    heap.edge(from: roots, to: global, named: "global", type: "internal")
    let cache = heap.node("SessionCache", type: "object", id: 7, size: 48)
    heap.edge(from: global, to: cache, named: "cache")
    let list = heap.node("Array", type: "object", id: 9, size: 16)
    heap.edge(from: cache, to: list, named: "sessions")
    let handles = heap.node("(Global handles)", type: "synthetic", id: 11, size: 0)
    heap.edge(from: roots, to: handles, index: 2)
    // One class of two kinds, of which DevTools shows one.
    for kind in ["closure", "object"] {
      heap.edge(from: global, to: heap.node("Function", type: kind, size: 16), named: kind)
    }
    if let script {
      let function = heap.node("main", type: "closure", id: 101)
      let shared = heap.node("main", type: "code", id: 103)
      heap.edge(from: global, to: function, named: "main")
      heap.edge(from: function, to: shared, named: "shared", type: "internal")
      let code = heap.node(script, type: "code", id: 105)
      heap.edge(from: shared, to: code, named: "script", type: "internal")
      heap.location(of: function, script: 7, line: 0, column: 0)
    }
    for number in 0..<sessions {
      let id = 1_001 + 4 * UInt64(number)
      let session = heap.node(className, type: "object", id: id, size: 104)
      if script != nil { heap.location(of: session, script: 7, line: 11, column: 2) }
      if isPrinted {
        let name = "\(number) / DevTools console"
        heap.edge(from: handles, to: session, named: name, type: "internal")
      } else {
        heap.edge(from: list, to: session, index: UInt32(number))
      }
      let payload = heap.node("payload \(number)", type: "string", id: id + 2, size: 1_024)
      heap.edge(from: session, to: payload, named: "payload")
    }
    return heap.bytes
  }

  /// The messages of an upload of a heap, as an agent sends them.
  struct Upload {
    var begin: BeginUpload
    var blocks: [PutBlock] = []
    var commit: CommitUpload
  }

  static func upload(
    _ id: String,
    text: [UInt8],
    target: UInt64 = 1,
    series: String = "",
    step: UInt32 = 0,
    epoch: IdentityEpoch? = nil,
    startedAt: UnixNanoseconds = 5
  ) throws -> Upload {
    let blocks = Collected()
    let encoder = try SnapshotColumnsEncoder { block in blocks.all.append(block) }
    let reader = V8SnapshotReader(receiver: encoder)
    try text.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()

    var offset: UInt64 = 0
    var hash = SHA256()
    var puts: [PutBlock] = []
    for block in blocks.all {
      let digest = block.digest
      hash.update(digest.bytes)
      puts.append(
        PutBlock(
          uploadID: id,
          index: block.index,
          offset: offset,
          rawSize: UInt32(block.rawByteCount),
          kind: block.kind,
          sha256: digest.bytes,
          payload: block.bytes
        )
      )
      offset += UInt64(block.rawByteCount)
    }
    var begin = Fixture.begin(id, target: target)
    begin.series = series
    begin.step = step
    begin.startedAt = startedAt
    let commit = CommitUpload(
      uploadID: id,
      blockCount: UInt32(puts.count),
      rawSize: offset,
      sha256: hash.finish().bytes,
      complete: true,
      nodeCount: encoder.nodeCount,
      edgeCount: encoder.edgeCount,
      textBytes: UInt64(text.count),
      epoch: epoch
    )
    return Upload(begin: begin, blocks: puts, commit: commit)
  }

  private final class Collected {
    var all: [EncodedBlock] = []
  }
}

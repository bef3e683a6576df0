import Compression
import HeapModel
import SnapshotColumns
import TestSupport
import Testing

/// A block may come from anybody: whatever it says, the answer is a graph or an error that names it.
struct HostileBlocksTests {
  let blocks: [EncodedBlock]

  init() throws {
    blocks = try encode(record(smallHeap().bytes))
  }

  @Test func `a snapshot without its last blocks is truncated`() {
    for count in 0..<blocks.count {
      expect(failure(Array(blocks.prefix(count)))?.code, equals: .truncated, "\(count) blocks")
    }
  }

  @Test func `blocks out of order, twice, or behind the end are refused`() {
    expect(failure(Array(blocks.dropFirst()))?.message, equals: "block 1 came where 0 was expected")
    expect(
      failure([blocks[0], blocks[0]] + blocks.dropFirst())?.message,
      equals: "block 0 came where 1 was expected"
    )
    let behind = UInt32(blocks.count)
    var extra = blocks[1]
    extra.index = behind
    expect(
      failure(blocks + [extra])?.message,
      equals: "block \(behind) came behind the closing block"
    )
  }

  @Test func `a block left out is noticed by the digest, whatever its number`() throws {
    var some = blocks
    some.remove(at: 2)
    for index in some.indices { some[index].index = UInt32(index) }
    #expect(failure(some) != nil)
  }

  @Test func `every byte of a frame changed gives a clear error or the same snapshot`() throws {
    for (index, block) in blocks.enumerated() {
      for place in block.bytes.indices {
        var changed = blocks
        changed[index].bytes[place] ^= 0x21
        let error = try #require(failure(changed), "byte \(place) of block \(index)")
        #expect(error.message.contains("block"), "\(error)")
      }
    }
  }

  @Test func `every shortened frame is an error that names the block`() throws {
    for (index, block) in blocks.enumerated() {
      for length in 0..<block.bytes.count {
        var changed = blocks
        changed[index].bytes = Array(block.bytes.prefix(length))
        let error = try #require(failure(changed))
        #expect(error.message.hasPrefix("block \(index)"), "\(error)")
      }
    }
  }

  @Test func `changed content gives a graph or an error, never a trap`() throws {
    var random = SeededGenerator(seed: 77)
    var failures = 0
    for _ in 0..<2_000 {
      var changed = blocks
      let index = Int.random(in: 0..<changed.count, using: &random)
      var raw = try inflate(changed[index])
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<raw.count, using: &random)
        raw[place] =
          [0, 1, 0x7F, 0xFF, UInt8.random(in: 0...255, using: &random)]
          .randomElement(using: &random) ?? 0
      }
      changed[index] = try deflate(raw, like: changed[index])
      failures += failure(changed) == nil ? 0 : 1
    }
    // The digest alone sees to it that nearly all are refused.
    #expect(failures > 1_500)
  }

  @Test func `every shortened content is an error that names the block and the place`() throws {
    for (index, block) in blocks.enumerated() {
      let raw = try inflate(block)
      for length in 0..<raw.count {
        var changed = blocks
        changed[index] = try deflate(Array(raw.prefix(length)), like: block)
        let error = try #require(failure(changed), "\(length) bytes of block \(index)")
        #expect(error.message.hasPrefix("block") || error.code == .truncated, "\(error)")
      }
    }
  }

  @Test func `inflating stops where the block was declared to end`() throws {
    var bomb = blocks
    var compressor = try ZstdBlockCompressor()
    bomb[1].bytes = try compressor.compress([UInt8](repeating: 0, count: 64 << 20))
    expect(failure(bomb)?.code, equals: .malformed)

    bomb[1].rawByteCount = 64 << 20
    expect(failure(bomb)?.code, equals: .tooLarge)

    bomb = blocks
    bomb[1].rawByteCount -= 1
    #expect(failure(bomb) != nil)
  }

  @Test func `limits are kept`() throws {
    #expect(throws: SnapshotError.self) {
      try decode(blocks, limits: SnapshotColumnsLimits(rawByteCount: 600))
    }
    #expect(throws: SnapshotError.self) {
      try decode(blocks, limits: SnapshotColumnsLimits(rowCount: 2))
    }
    #expect(throws: SnapshotError.self) {
      try decode(blocks, limits: SnapshotColumnsLimits(stringByteCount: 3))
    }
  }

  @Test func `what a later version adds is passed over`() throws {
    // A kind of block, and a kind of piece in a block of ours.
    var later = blocks
    var raw = try inflate(later[1])
    raw += [99, 3, 0, 0, 0, 1, 2, 3]
    later[1] = try deflate(raw, like: later[1])
    let unknown = try deflate([1, 2, 3], index: 2, kind: 4_711)
    later.insert(unknown, at: 2)
    for index in later.indices { later[index].index = UInt32(index) }
    // The closing block no longer counts right: it was written for the blocks as they were.
    let error = try #require(failure(later))
    #expect(error.message.contains("the closing block counts otherwise"))
    let recorder = SnapshotRecorder()
    let decoder = try SnapshotColumnsDecoder(receiver: recorder)
    for block in later.dropLast() { try decoder.consume(block) }
    var expected = try record(smallHeap().bytes)
    expected.isEnded = false
    expect(recorder.snapshot, equals: expected)
  }

  @Test func `a newer format is refused with its number`() throws {
    var newer = blocks
    var raw = try inflate(newer[0])
    raw[5] = 9
    newer[0] = try deflate(raw, like: newer[0])

    let error = try #require(failure(newer))
    expect(error.code, equals: .unsupported)
    expect(error.message, equals: "a snapshot of format version 9; this program knows 1")
  }

  @Test func `pieces stand only in the blocks of their kind`() throws {
    var changed = blocks
    let index = try #require(blocks.firstIndex { $0.kind == BlockKind.values.rawValue })
    changed[index].kind = BlockKind.names.rawValue

    expect(
      failure(changed)?.message.contains("a piece of values in a block of names"),
      equals: true
    )
  }
}

func inflate(_ block: EncodedBlock) throws -> [UInt8] {
  var decompressor = try ZstdBlockDecompressor()
  return try decompressor.decompress(block.bytes, exactSize: block.rawByteCount)
}

/// The content of all blocks of a kind.
func inflated(_ blocks: [EncodedBlock], _ kind: BlockKind) throws -> [UInt8] {
  try blocks.filter { $0.kind == kind.rawValue }.flatMap { try inflate($0) }
}

func deflate(_ raw: [UInt8], like block: EncodedBlock) throws -> EncodedBlock {
  try deflate(raw, index: block.index, kind: block.kind)
}

func deflate(_ raw: [UInt8], index: UInt32, kind: UInt32) throws -> EncodedBlock {
  var compressor = try ZstdBlockCompressor()
  return EncodedBlock(
    index: index,
    kind: kind,
    rawByteCount: raw.count,
    bytes: try compressor.compress(raw)
  )
}

import Compression
import Glibc
import HeapModel
import SnapshotFormats
import TestSupport

extension V8SnapshotText {
  /// What the reader and the builder make of it.
  func graph() throws -> HeapGraph {
    let builder = HeapGraphBuilder()
    let reader = V8SnapshotReader(receiver: builder)
    try bytes.withUnsafeBytes { try reader.consume($0) }
    try reader.finish()
    return try builder.makeGraph()
  }
}

/// The graph of a snapshot file, packed or not.
func graph(ofFile path: String, memory: (any GraphMemory)? = nil) throws -> HeapGraph {
  let builder = HeapGraphBuilder(memory: memory)
  let reader = V8SnapshotReader(receiver: builder)
  var decoder = ContentDecoder(outputLimit: 1 << 30)
  try decoder.decode(contents(ofFile: path)) { piece in
    try piece.withUnsafeBytes { try reader.consume($0) }
  }
  try decoder.finish { piece in
    try piece.withUnsafeBytes { try reader.consume($0) }
  }
  try reader.finish()
  return try builder.makeGraph()
}

func contents(ofFile path: String) throws -> [UInt8] {
  guard let file = fopen(path, "r") else { throw MissingFile(path: path) }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = fread(&piece, 1, piece.count, file)
    if count == 0 { return bytes }
    bytes += piece[..<count]
  }
}

struct MissingFile: Error {
  let path: String
}

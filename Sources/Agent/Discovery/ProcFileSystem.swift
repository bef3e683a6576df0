internal import Glibc

/// The process table of a running kernel, read from where `/proc` is mounted.
///
/// Costs a few microseconds a call; nothing is kept.
package struct ProcFileSystem: ProcessTable {
  private let root: String

  package init(root: String = "/proc") {
    self.root = root
  }

  package func processIDs() -> [Int32] {
    names(in: root).compactMap { Int32($0) }
  }

  package func contents(of process: Int32, _ name: String, limit: Int) -> [UInt8]? {
    readWhole("\(root)/\(process)/\(name)", limit: limit)
  }

  package func link(of process: Int32, _ name: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4_096) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let count = readlink("\(root)/\(process)/\(name)", base, buffer.count)
      guard count > 0 else { return nil }
      return String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
    }
  }

  package func entries(of process: Int32, _ folder: String) -> [String] {
    names(in: "\(root)/\(process)/\(folder)")
  }

  private func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
        tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}

/// Reads a file of the kernel, whose size is not known before it was read; nil if it cannot be.
func readWhole(_ path: String, limit: Int) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  // Nearly all are smaller than a page.
  var pieceSize = 4_096
  while bytes.count < limit {
    let piece = readPiece(descriptor, min(pieceSize, limit - bytes.count))
    guard let piece else { return bytes.isEmpty ? nil : bytes }
    if piece.isEmpty { return bytes }
    if bytes.isEmpty { bytes = piece } else { bytes += piece }
    pieceSize = 65_536
  }
  return bytes
}

/// Up to `size` bytes; none at the end, nil when reading fails.
private func readPiece(_ descriptor: Int32, _ size: Int) -> [UInt8]? {
  var failed = false
  let piece = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    var result = read(descriptor, buffer.baseAddress, size)
    while result < 0 && errno == EINTR { result = read(descriptor, buffer.baseAddress, size) }
    failed = result < 0
    count = max(result, 0)
  }
  return failed ? nil : piece
}

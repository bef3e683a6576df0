internal import Glibc

/// A folder whose files are snapshots, one of each instance of a set.
struct SnapshotFolder {
  let path: String

  /// Nil where the word names no folder.
  init?(_ word: String) {
    var information = stat()
    guard stat(word, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else { return nil }
    path = word
  }

  /// The paths of its files in the order of their names, without hidden ones and folders.
  ///
  /// - Throws: `ClientError` where it cannot be read or has none.
  func files() throws(ClientError) -> [String] {
    guard let stream = opendir(path) else {
      throw ClientError("cannot read \(path): \(String(cString: strerror(errno)))")
    }
    defer { closedir(stream) }
    var files: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { place in
        place.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      let file = "\(path)/\(name)"
      if !name.hasPrefix("."), SnapshotFolder(file) == nil { files.append(file) }
    }
    guard !files.isEmpty else { throw ClientError("\(path) has no files") }
    return files.sorted()
  }
}

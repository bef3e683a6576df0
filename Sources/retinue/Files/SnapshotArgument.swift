internal import Glibc

/// A word that names a snapshot: a file, or where there is none such, an id of the collector's.
struct SnapshotArgument {
  /// The id or its beginning, or nil for a file.
  let id: String?

  init(_ word: String) {
    let isHexadecimal = word.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    let mayBeID = isHexadecimal && (4...32).contains(word.utf8.count)
    id = mayBeID && access(word, F_OK) != 0 ? word : nil
  }
}

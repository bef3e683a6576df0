internal import Glibc

/// A small text beside the spool that survives the agent: read when it starts, replaced as a whole.
struct KeptFile: Sendable {
  private let path: String

  /// - Parameters:
  ///   - folder: the spool's
  ///   - name: without the dot that it gets, since the spool passes over names with one.
  init(folder: String, name: String) {
    path = folder + "/." + name
  }

  /// Empty where there is none yet.
  var text: String {
    String(decoding: readWhole(path, limit: 1 << 20) ?? [], as: UTF8.self)
  }

  /// - Returns: false where it could not be written; it is then as it was.
  func replace(with text: String) -> Bool {
    let (new, bytes) = (path + ".new", Array(text.utf8))
    let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    let isWhole = write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    close(descriptor)
    return isWhole && rename(new, path) == 0
  }
}

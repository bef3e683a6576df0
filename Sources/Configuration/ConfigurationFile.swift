internal import Glibc

extension AgentConfiguration {
  /// Reads a configuration from a file.
  ///
  /// The file says which processes the agent attaches to, so one that anybody may write is
  /// refused. Errors name the file as `path` does.
  package init(contentsOf path: String) throws(ConfigurationError) {
    do {
      try self.init(parsing: try ConfigurationFile.read(path))
    } catch {
      var error = error
      error.file = path
      throw error
    }
  }
}

/// Reads small files whole.
enum ConfigurationFile {
  private static let byteLimit = YAMLLimits().bytes

  static func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot be opened") }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw failure("cannot be examined") }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw ConfigurationError("is not a file", at: nil)
    }
    guard information.st_mode & S_IWOTH == 0 else {
      throw ConfigurationError("may be written by everybody: chmod o-w", at: nil)
    }
    return try read(descriptor)
  }

  /// Reads up to the end, or one byte beyond the limit, which the parser then refuses.
  private static func read(_ descriptor: Int32) throws(ConfigurationError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= byteLimit {
      let count = Glibc.read(descriptor, &piece, min(piece.count, byteLimit + 1 - bytes.count))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("cannot be read") }
      if count == 0 { break }
      bytes += piece[..<count]
    }
    return bytes
  }

  private static func failure(_ what: String) -> ConfigurationError {
    ConfigurationError("\(what): \(String(cString: strerror(errno)))", at: nil)
  }
}

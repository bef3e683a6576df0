internal import FoundationEssentials
internal import Glibc

/// The material beside the project (captures, oracle numbers, programs that plant leaks), which
/// tests may use where it exists and never depend on.
package enum SharedMaterial {
  /// The folder, or nil where there is none: `RETINUE_SHARED`, else `shared` beside the project.
  package static let path: String? = {
    if let given = ProcessInfo.processInfo.environment["RETINUE_SHARED"] {
      return isFolder(given) ? given : nil
    }
    let beside = packageRoot + "/../shared"
    return isFolder(beside) ? beside : nil
  }()

  package static var isPresent: Bool { path != nil }

  /// The path of a file in it; a test calls this only where `isPresent`.
  package static func file(_ name: String) -> String {
    (path ?? "/nonexistent") + "/" + name
  }

  /// The package's own folder.
  package static let packageRoot: String = {
    let parts = #filePath.split(separator: "/")
    return "/" + parts.dropLast(3).joined(separator: "/")
  }()

  private static func isFolder(_ path: String) -> Bool {
    var information = stat()
    return stat(path, &information) == 0 && (information.st_mode & S_IFMT) == S_IFDIR
  }
}

internal import Glibc

/// Folders that nobody else may look into.
enum Folders {
  /// Makes a folder and those above it, where they are missing.
  ///
  /// That it could not be made shows where it is used.
  static func make(_ path: String) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      mkdir(made, 0o700)
    }
  }
}

internal import CommandLineArguments
internal import Glibc

/// Where our own programs are.
enum ProgramFiles {
  /// This program.
  static let retinue = "/proc/self/exe".resolved ?? CommandLine.arguments[0]

  /// The agent: beside this program, else on PATH.
  static func agent() throws(ClientError) -> String {
    let folder = retinue.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    let path = Environment.value("PATH") ?? ""
    let folders = [folder] + path.split(separator: ":").map(String.init)
    let found = folders.map { $0 + "/retinue-agent" }.first { access($0, X_OK) == 0 }
    guard let found else {
      throw ClientError("retinue-agent is neither in \(folder) nor on PATH")
    }
    return found
  }
}

extension String {
  /// What a symbolic link points to.
  fileprivate var resolved: String? {
    guard let path = realpath(self, nil) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }
}

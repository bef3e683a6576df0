internal import FoundationEssentials
internal import Glibc

/// The JavaScript runtimes that tests start for real.
///
/// Each is looked for in its variable, then in `.build/runtimes` (where `make setup` puts what it
/// installs), then on PATH. A test that needs an absent one is skipped by name.
package enum Runtimes {
  package static let node20 = find("RETINUE_NODE20", installed: "node20", major: "v20.")
  package static let node22 = find("RETINUE_NODE22", installed: "node22", major: "v22.")
  package static let node24 = find("RETINUE_NODE24", installed: "node24", major: "v24.")
  package static let bun = find("RETINUE_BUN", installed: "bun", program: "bun")
  package static let deno = find("RETINUE_DENO", installed: "deno", program: "deno")
  /// The browser itself: Debian's program on PATH is a script that outlives it.
  package static let chromium = find(
    "RETINUE_CHROMIUM",
    installed: "chromium",
    program: "chromium-headless-shell",
    elsewhere: ["/usr/lib/chromium/chromium-headless-shell", "/usr/lib/chromium/chromium"]
  )
  package static let workerd = find("RETINUE_WORKERD", installed: "workerd", program: "workerd")

  /// Wrangler's script, which a Node runs; it comes with a `workerd` of its own.
  package static let wrangler = [
    ProcessInfo.processInfo.environment["RETINUE_WRANGLER"],
    SharedMaterial.packageRoot
      + "/.build/runtimes/workerd/node_modules/wrangler/bin/wrangler.js",
  ].compactMap { $0 }.first { access($0, R_OK) == 0 }

  /// Every Node that is here, newest last.
  package static var nodes: [String] {
    [node20, node22, node24].compactMap { $0 }
  }

  private static func find(
    _ variable: String,
    installed: String,
    program: String = "node",
    major: String? = nil,
    elsewhere: [String] = []
  ) -> String? {
    let environment = ProcessInfo.processInfo.environment
    let folder = SharedMaterial.packageRoot + "/.build/runtimes/" + installed
    var candidates = [environment[variable]].compactMap { $0 }
    candidates += [folder + "/bin/" + program, folder + "/" + program] + elsewhere
    candidates += (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(program)" }
    return candidates.first { path in
      access(path, X_OK) == 0 && (major.map { version(of: path).hasPrefix($0) } ?? true)
    }
  }

  private static func version(of path: String) -> String {
    guard let stream = popen("'\(path)' --version 2>/dev/null", "r") else { return "" }
    defer { pclose(stream) }
    var line = [UInt8](repeating: 0, count: 64)
    let count = fread(&line, 1, line.count, stream)
    return String(decoding: line.prefix(count), as: UTF8.self)
  }
}

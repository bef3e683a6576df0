package import HeapModel

/// Tells by its program's file which JavaScript runtime a process is.
///
/// The file is the only name that stays: a program can overwrite its command line and its short
/// name (Node 24's is `MainThread`).
package enum RuntimeRecognition {
  /// - Parameters:
  ///   - threads: the names of its threads, asked for only where they tell something
  ///   - maps: the files it has mapped, as `/proc/PID/maps` says them; likewise
  package static func runtime(
    of process: ProcessFacts,
    threads: () -> [String],
    maps: () -> String
  ) -> RuntimeKind? {
    let name = process.executableName
    if isNode(name) { return .node }
    if name == "deno" { return .deno }
    if name == "workerd" { return .workerd }
    if ChromiumOptions.programs.contains(String(name)) {
      return ChromiumOptions.isBrowser(process.arguments) ? .chromium : nil
    }
    if name == "bun" || name.hasPrefix("bun-") { return .bun }
    if FirefoxOptions.programs.contains(String(name)) {
      return FirefoxOptions.isBrowser(process.arguments) ? .firefox : nil
    }
    if WebKitOptions.isBrowser(process, maps: maps) { return .webKitGTK }
    return isCompiledWithBun(process, threads: threads) ? .bun : nil
  }

  /// `node`, `nodejs`, and with a version: `node20`, `node-v24.19.0`, `nodejs-18`.
  private static func isNode(_ name: Substring) -> Bool {
    for prefix in ["nodejs", "node"] where name.hasPrefix(prefix) {
      return name.dropFirst(prefix.utf8.count).allSatisfy { character in
        character.isASCII && (character.isNumber || "-.v".contains(character))
      }
    }
    return false
  }

  /// A program made by `bun build --compile` has a name of its own.
  ///
  /// Its children inherit the variables, so the thread that serves the inspector must be there as
  /// well.
  private static func isCompiledWithBun(_ process: ProcessFacts, threads: () -> [String]) -> Bool {
    guard ["BUN_INSPECT", BunOptions.caller].contains(where: { process.environment[$0] != nil })
    else { return false }
    let names = Set(threads())
    return names.contains("Debugger") && names.contains("HeapHelper")
  }
}

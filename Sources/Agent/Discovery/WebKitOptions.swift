/// Programs that embed WebKitGTK, and how their inspector is asked for.
enum WebKitOptions {
  /// Where the inspector's HTTP server listens.
  ///
  /// `WEBKIT_INSPECTOR_SERVER` gives another protocol, which no tool but WebKit's own speaks.
  static let variable = "WEBKIT_INSPECTOR_HTTP_SERVER"

  static func inspector(in process: ProcessFacts) -> HostAndPort? {
    process.environment[variable].flatMap { HostAndPort($0) }
  }

  /// Whether a process has pages of its own and could serve an inspector.
  ///
  /// The variable alone tells nothing: all children inherit it, WebKit's own as well, which do the
  /// pages' work and have the library too.
  ///
  /// - Parameter maps: `/proc/PID/maps`, asked for only where the variable is set.
  static func isBrowser(_ process: ProcessFacts, maps: () -> String) -> Bool {
    if process.executableName == "MiniBrowser" { return true }
    guard process.environment[variable] != nil,
      process.executableName.hasPrefix("WebKit") == false
    else { return false }
    let maps = maps()
    return libraries.contains { maps.contains($0) }
  }

  /// What has to be said of a program's pages that are more than their processes; nil where they
  /// are not, or where that cannot be seen, as in a sandbox.
  ///
  /// Which of the processes has which page nothing tells.
  static func sharing(
    pages: Int,
    of program: Int32,
    in table: some ProcessTable
  ) -> String? {
    guard pages > 1 else { return nil }
    let processes = pageProcesses(of: program, in: table)
    guard processes > 0, processes < pages else { return nil }
    return "its \(pages) pages have \(processes) process\(processes == 1 ? "" : "es"): those that "
      + "a page has opened share its heap, and each has what all of them hold"
  }

  private static func pageProcesses(of program: Int32, in table: some ProcessTable) -> Int {
    table.processIDs().count { process in
      table.executable(of: process)?.hasSuffix("/WebKitWebProcess") == true
        && table.parent(of: process) == program
    }
  }

  /// The libraries for GTK 3 and GTK 4.
  private static let libraries = ["/libwebkit2gtk-4.", "/libwebkitgtk-6."]
}

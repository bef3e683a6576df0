internal import Glibc

/// Where both programs keep and find things on a host when nothing else is said.
///
/// Root uses the system's folders, everybody else their own (XDG Base Directory), so that a
/// developer's collector and the host's never meet. Nothing is created here.
package struct Places: Hashable, Sendable {
  /// Holds sockets, in mode 0700; gone after a restart of the host.
  package let runtimeFolder: String
  /// Holds what must survive.
  package let stateFolder: String

  /// - Parameter environment: the value of a variable, nil where it is not set.
  package init(isRoot: Bool, environment: (String) -> String?) {
    guard !isRoot else {
      runtimeFolder = "/run/retinue"
      stateFolder = "/var/lib/retinue"
      return
    }
    let home = Self.folder("HOME", environment) ?? "/nonexistent"
    let state = Self.folder("XDG_STATE_HOME", environment) ?? home + "/.local/state"
    stateFolder = state + "/retinue"
    // Without a login session there is no runtime folder; a socket may stand beside the state.
    runtimeFolder =
      Self.folder("XDG_RUNTIME_DIR", environment).map { $0 + "/retinue" } ?? stateFolder + "/run"
  }

  /// The places of this process.
  package static let current = Places(isRoot: geteuid() == 0) { name in
    getenv(name).map { String(cString: $0) }
  }

  /// The collector's address where neither an option nor `RETINUE_COLLECTOR` says another.
  package var collectorAddress: String { "unix:\(runtimeFolder)/collector.socket" }
  /// The collector's store.
  package var dataFolder: String { stateFolder + "/data" }
  /// The agent's spool.
  package var spoolFolder: String { stateFolder + "/spool" }

  /// The token that a collector on loopback TCP asks for, in a file of mode 0600 in its data folder.
  package static func tokenFile(inDataFolder folder: String) -> String { folder + "/token" }

  /// Where the collector at that loopback address leaves a copy of its token while it runs, for
  /// programs of the same user that do not know its data folder.
  package func tokenCopy(ofCollectorAt address: String) -> String {
    "\(runtimeFolder)/token-\(address)"
  }

  /// The XDG specification: a path that is not absolute is to be ignored.
  private static func folder(_ name: String, _ environment: (String) -> String?) -> String? {
    guard let path = environment(name), path.hasPrefix("/") else { return nil }
    return path
  }
}

internal import Connections
internal import Glibc
internal import HeapModel

/// Whether SIGUSR1 would make a program open its inspector, without doing it any harm.
///
/// Where a rule of the configuration asks for it, and never else. The signal ends a program that
/// does not catch it, so the kernel's word counts, not the version's: Node catches it unless it was
/// told not to, Deno from 2.9 on. Whose handler it is nothing tells from outside: Node's thread
/// `SignalInspector` is there also when the program has taken the signal for itself (measured with
/// 24.19). So the rule's author vouches for that.
package enum SignalOpening: Sendable, Hashable {
  /// It would open its inspector there.
  case possible(port: UInt16)
  /// The sentence says why not.
  case impossible(String)

  package static let signal = SIGUSR1
}

extension SignalOpening {
  /// - Parameters:
  ///   - process: one without an inspector
  ///   - table: asked anew, since a program may take its handler away at any time
  package init(of process: DiscoveredProcess, in table: some ProcessTable) {
    let facts = process.facts
    guard let options = Self.options(of: process) else {
      self = .impossible("only Node and Deno open an inspector on a signal")
      return
    }
    if let obstacle = Self.obstacle(among: options) {
      self = .impossible(obstacle)
      return
    }
    let asked = NodeOptions.inspector(among: options)
    guard asked.port != 0 else {
      self = .impossible("it would open on any port, which could not be told from its others")
      return
    }
    guard asked.host.map({ IPAddress($0)?.isLoopback ?? false }) ?? true else {
      self = .impossible("it would open beyond loopback")
      return
    }
    let status = table.text(of: facts.processID, "status").map(ProcessStatus.init(text:))
    guard let status, table.startTicks(of: facts.processID) == facts.startTicks else {
      self = .impossible("it is gone")
      return
    }
    guard status.catches(Self.signal) else {
      self = .impossible("it does not catch SIGUSR1, which would end it")
      return
    }
    let listening = ListeningSocketTable(through: facts.processID, of: table)
    guard !listening.internet.values.contains(where: { $0.port == asked.port }) else {
      self = .impossible("port \(asked.port), where it would open, is taken")
      return
    }
    self = .possible(port: asked.port)
  }

  /// What is said of a program that has no inspector.
  static func detail(_ advice: String, notOpenedSince reason: String?) -> String {
    reason.map { "\(advice); it is not opened by SIGUSR1: \($0)" } ?? advice
  }

  private static func options(of process: DiscoveredProcess) -> [String]? {
    switch process.runtime {
    case .node: NodeOptions.options(of: process.facts)
    case .deno: DenoOptions.options(of: process.facts)
    case .bun, .workerd, .chromium, .firefox, .webKitGTK: nil
    }
  }

  private static func obstacle(among options: [String]) -> String? {
    if let option = NodeOptions.permissionModel(among: options) {
      return "\(option) takes the inspector away"
    }
    return options.contains("--disable-sigusr1") ? "--disable-sigusr1 forbids it" : nil
  }
}

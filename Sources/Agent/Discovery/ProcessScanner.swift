package import Connections
package import HeapModel

/// A process that runs JavaScript, and where its inspector is.
package struct DiscoveredProcess: Sendable, Hashable {
  package var facts: ProcessFacts
  package var runtime: RuntimeKind
  package var location: InspectorLocation
  /// Ports on which it listens, for the configuration's rules.
  package var ports: Set<UInt16>

  package init(
    facts: ProcessFacts,
    runtime: RuntimeKind,
    location: InspectorLocation,
    ports: Set<UInt16> = []
  ) {
    self.facts = facts
    self.runtime = runtime
    self.location = location
    self.ports = ports
  }
}

/// Looks through a host's processes, again and again, for those that run JavaScript.
///
/// What it learned of a process is kept as long as pid, start time and program are the same, so a
/// scan costs one `readlink` for each other process (about 4 µs) and, only while some runtime's
/// inspector is not known yet, one reading of the lists of sockets.
package struct ProcessScanner {
  /// What a scan is asked to look for.
  package struct Scope: Sendable {
    /// Our own process, through which the sockets of our network namespace are read.
    package var ownProcessID: Int32 = 0
    /// `/proc/self/ns/net`: sockets in that namespace are reached without more ado.
    ///
    /// Empty: do not check.
    package var networkNamespace = ""
    /// Whether we may enter other network namespaces (CAP_SYS_ADMIN).
    package var entersNamespaces = false
    /// Variables that the configuration's rules ask for.
    package var variables: Set<String> = []
    /// Inspectors that the configuration names, by address: whoever holds one is that runtime.
    package var named: [SocketAddress: NamedInspector] = [:]
    /// Whether runtimes are recognised by themselves, or only those in `named` count.
    package var recognisesRuntimes = true

    package init() {}
  }

  package struct NamedInspector: Sendable, Hashable {
    package var runtime: RuntimeKind
    package var path: String?

    package init(runtime: RuntimeKind, path: String? = nil) {
      self.runtime = runtime
      self.path = path
    }
  }

  private enum Entry {
    case other(executable: String)
    case runtime(DiscoveredProcess, executable: String, scans: Int)
  }

  /// How often a process's inspector is looked for.
  private enum Attention {
    case none
    case usual
    case always
  }

  /// An absent inspector is looked for once in so many scans: somebody may have opened one.
  package static let scansBetweenLocations = 5
  /// In its first scans a process is taken to be starting, and looked at in each.
  private static let scansWhileStarting = 3

  private let scope: Scope
  private var entries: [Int32: Entry] = [:]
  private var scanCount = 0

  package init(scope: Scope = Scope()) {
    self.scope = scope
  }

  /// Whether a process is taken to be starting, and worth another look soon.
  package var seesStarting: Bool {
    entries.values.contains { entry in
      guard case .runtime(let process, _, let scans) = entry, case .absent = process.location
      else { return false }
      return scans < Self.scansWhileStarting
    }
  }

  /// One look at all processes; in the order of their pids.
  ///
  /// - Parameters:
  ///   - settled: processes with an open session, whose inspector needs no looking for.
  ///   - expected: processes whose inspector is about to come.
  package mutating func scan(
    _ table: some ProcessTable,
    settled: Set<Int32> = [],
    expected: Set<Int32> = []
  ) -> [DiscoveredProcess] {
    scanCount += 1
    var next: [Int32: Entry] = [:]
    var found: [DiscoveredProcess] = []
    var sockets = SocketCache(scope: scope)
    for processID in table.processIDs() {
      guard let executable = table.executable(of: processID) else { continue }
      let attention: Attention =
        settled.contains(processID) ? .none : expected.contains(processID) ? .always : .usual
      let entry = renewed(processID, executable, table, attention, &sockets)
      next[processID] = entry
      if case .runtime(let process, _, _) = entry { found.append(process) }
    }
    entries = next
    found += sockets.unclaimed(by: found, in: table)
    return found.sorted { $0.facts.processID < $1.facts.processID }
  }

  /// One look at a process that was found, and at where its inspector is; nil if it is no more.
  package mutating func look(
    at process: ProcessFacts,
    in table: some ProcessTable
  ) -> DiscoveredProcess? {
    guard case .runtime? = entries[process.processID], table.stillRuns(process),
      let executable = table.executable(of: process.processID)
    else { return nil }
    var sockets = SocketCache(scope: scope)
    let entry = renewed(process.processID, executable, table, .always, &sockets)
    entries[process.processID] = entry
    guard case .runtime(let found, _, _) = entry else { return nil }
    return found
  }

  private func renewed(
    _ processID: Int32,
    _ executable: String,
    _ table: some ProcessTable,
    _ attention: Attention,
    _ sockets: inout SocketCache
  ) -> Entry {
    switch entries[processID] {
    case .other(executable)
    where scope.named.isEmpty || scanCount % Self.scansBetweenLocations != 0:
      return .other(executable: executable)
    case .runtime(var process, executable, let scans)
    where table.startTicks(of: processID) == process.facts.startTicks:
      if attention == .always || attention == .usual && isDue(process, scans: scans) {
        sockets.locate(&process, in: table)
      }
      return .runtime(process, executable: executable, scans: scans + 1)
    default:
      return recognised(processID, executable, table, &sockets)
    }
  }

  private func isDue(_ process: DiscoveredProcess, scans: Int) -> Bool {
    if case .at = process.location { return true }
    return scans < Self.scansWhileStarting || scans % Self.scansBetweenLocations == 0
  }

  private func recognised(
    _ processID: Int32,
    _ executable: String,
    _ table: some ProcessTable,
    _ sockets: inout SocketCache
  ) -> Entry {
    let facts = ProcessFacts(
      of: processID,
      executable: executable,
      from: table,
      variables: scope.variables
    )
    guard let facts else { return .other(executable: "") }
    guard let runtime = runtime(facts, table, &sockets) else {
      return .other(executable: executable)
    }
    var process = DiscoveredProcess(facts: facts, runtime: runtime, location: .absent(""))
    sockets.locate(&process, in: table)
    return .runtime(process, executable: executable, scans: 1)
  }

  private func runtime(
    _ facts: ProcessFacts,
    _ table: some ProcessTable,
    _ sockets: inout SocketCache
  ) -> RuntimeKind? {
    if let named = sockets.named(of: facts, in: table) { return named.runtime }
    guard scope.recognisesRuntimes else { return nil }
    return RuntimeRecognition.runtime(of: facts) {
      table.entries(of: facts.processID, "task").compactMap { thread in
        table.text(of: facts.processID, "task/\(thread)/comm").map {
          String($0.prefix { $0 != "\n" })
        }
      }
    } maps: {
      table.text(of: facts.processID, "maps") ?? ""
    }
  }
}

/// The lists of listening sockets, read at most once per scan and network namespace.
private struct SocketCache {
  let scope: ProcessScanner.Scope
  private var tables: [String: ListeningSocketTable] = [:]

  init(scope: ProcessScanner.Scope) {
    self.scope = scope
  }

  mutating func locate(_ process: inout DiscoveredProcess, in table: some ProcessTable) {
    let isElsewhere = !isInOurNamespace(process.facts)
    guard !isElsewhere || scope.entersNamespaces else {
      process.location = .absent(
        "it has a network namespace of its own: give the agent CAP_SYS_ADMIN, or run one there, "
          + "beside it"
      )
      return
    }
    let sockets = sockets(of: process.facts, in: table)
    process.ports = Set(sockets.internet.compactMap(\.socket.port))
    if isElsewhere {
      process.location = InspectorLocator(process: process.facts, sockets: sockets)
        .locate(process.runtime)
        .inNamespace(of: process.facts)
    } else if let (address, named) = named(in: sockets) {
      process.location = .at(InspectorEndpoint(address: address, path: named.path))
    } else {
      process.location = InspectorLocator(process: process.facts, sockets: sockets)
        .locate(process.runtime)
    }
  }

  /// The inspector that the configuration names and this process holds.
  mutating func named(
    of facts: ProcessFacts,
    in table: some ProcessTable
  ) -> ProcessScanner.NamedInspector? {
    guard !scope.named.isEmpty, isInOurNamespace(facts) else { return nil }
    return named(in: sockets(of: facts, in: table))?.inspector
  }

  private func named(
    in sockets: ProcessSockets
  ) -> (address: SocketAddress, inspector: ProcessScanner.NamedInspector)? {
    for candidate in sockets.internet + sockets.unix {
      guard
        let address = candidate.socket.loopbackAddress,
        let inspector = scope.named[address]
      else { continue }
      return (address, inspector)
    }
    return nil
  }

  /// Inspectors that the configuration names and that listen, in a process we may not look into.
  ///
  /// Such a target has no pid; its socket's inode stands for the start time, so that a new process
  /// is a new target all the same.
  mutating func unclaimed(
    by found: [DiscoveredProcess],
    in table: some ProcessTable
  ) -> [DiscoveredProcess] {
    let claimed = found.compactMap { process -> SocketAddress? in
      if case .at(let endpoint) = process.location { endpoint.address } else { nil }
    }
    let missing = scope.named.filter { !claimed.contains($0.key) }
    guard !missing.isEmpty else { return [] }
    let listening = ListeningSocketTable(through: scope.ownProcessID, of: table)
    let sockets = Array(listening.internet.values) + Array(listening.unix.values)
    return sockets.compactMap { socket in
      guard let address = socket.loopbackAddress, let named = missing[address] else { return nil }
      let facts = ProcessFacts(
        processID: 0,
        startTicks: socket.inode,
        userID: socket.userID ?? 0,
        executable: "",
        arguments: [],
        environment: ProcessEnvironment(),
        innerProcessID: 0,
        networkNamespace: scope.networkNamespace
      )
      return DiscoveredProcess(
        facts: facts,
        runtime: named.runtime,
        location: .at(InspectorEndpoint(address: address, path: named.path)),
        ports: Set([socket.port].compactMap { $0 })
      )
    }
  }

  private func isInOurNamespace(_ facts: ProcessFacts) -> Bool {
    scope.networkNamespace.isEmpty || facts.networkNamespace == scope.networkNamespace
  }

  private mutating func sockets(
    of facts: ProcessFacts,
    in table: some ProcessTable
  ) -> ProcessSockets {
    let listening =
      tables[facts.networkNamespace]
      ?? ListeningSocketTable(through: facts.processID, of: table)
    tables[facts.networkNamespace] = listening
    return ProcessSockets(of: facts.processID, from: table, listening: listening)
  }
}

extension InspectorLocation {
  /// The same, where the process is in another network namespace than ours.
  fileprivate func inNamespace(of process: ProcessFacts) -> InspectorLocation {
    guard case .at(var endpoint) = self else { return self }
    let namespace = NetworkNamespace(
      link: process.networkNamespace,
      processID: process.processID
    )
    guard let namespace else { return .absent("its network namespace cannot be read") }
    guard let address = endpoint.address.moved(to: namespace) else {
      return .absent("its inspector's Unix socket is in a container's own file system")
    }
    endpoint.address = address
    return .at(endpoint)
  }
}

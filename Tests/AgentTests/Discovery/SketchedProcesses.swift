import Agent

/// Processes drawn in a test: what `/proc` would say of them.
struct SketchedProcesses: ProcessTable {
  struct Process {
    var executable = "/usr/bin/node"
    var arguments = ["node", "app.js"]
    var environment: [String: String] = [:]
    var startTicks: UInt64 = 100
    var parentID: Int32 = 0
    var userID: UInt32 = 1_000
    var networkNamespace = "net:[1]"
    /// Descriptor to what it is: a socket's inode.
    var sockets: [Int32: UInt64] = [:]
    /// Descriptor of an event loop to the descriptors that it watches.
    var eventLoops: [Int32: [Int32]] = [:]
    var threads: [String] = ["node"]
    var maps = ""
    /// The signals with a handler.
    var caughtSignals: [Int32] = []
  }

  /// A listening socket of the one network namespace there is.
  struct Listener {
    var inode: UInt64
    /// In the kernel's form: `0100007F`.
    var address = "0100007F"
    var port: UInt16
    var userID: UInt32 = 1_000
    var isListening = true
    /// Where a connection's other end is, on this host.
    var farPort: UInt16 = 0
  }

  var processes: [Int32: Process] = [:]
  var listeners: [Listener] = []
  var unixListeners: [UInt64: String] = [:]

  func processIDs() -> [Int32] { Array(processes.keys) }

  func link(of process: Int32, _ name: String) -> String? {
    guard let found = processes[process] else { return nil }
    switch name {
    case "exe": return found.executable.isEmpty ? nil : found.executable
    case "ns/net": return found.networkNamespace
    case "ns/pid": return "pid:[2]"
    default:
      guard name.hasPrefix("fd/"), let descriptor = Int32(name.dropFirst(3)) else { return nil }
      if let inode = found.sockets[descriptor] { return "socket:[\(inode)]" }
      return found.eventLoops[descriptor] == nil ? "/dev/null" : "anon_inode:[eventpoll]"
    }
  }

  func entries(of process: Int32, _ folder: String) -> [String] {
    guard let found = processes[process] else { return [] }
    switch folder {
    case "fd": return (Array(found.sockets.keys) + found.eventLoops.keys + [0]).map(String.init)
    case "task": return found.threads.indices.map { String($0 + Int(process)) }
    default: return []
    }
  }

  func contents(of process: Int32, _ name: String, limit: Int) -> [UInt8]? {
    text(of: process, name).map { Array($0.utf8) }
  }

  private func text(of process: Int32, _ name: String) -> String? {
    switch name {
    case "net/tcp": return internet(isV6: false)
    case "net/tcp6": return internet(isV6: true)
    case "net/unix": return unix
    default: break
    }
    guard let found = processes[process] else { return nil }
    switch name {
    case "maps": return found.maps
    case "cmdline": return found.arguments.map { $0 + "\0" }.joined()
    case "environ": return found.environment.map { "\($0.key)=\($0.value)\0" }.joined()
    case "stat":
      let middle = Array(repeating: "0", count: 17).joined(separator: " ")
      return "\(process) (a (b) c) S \(found.parentID) \(middle) \(found.startTicks) 0 0"
    case "status":
      let caught = found.caughtSignals.reduce(UInt64(0)) { $0 | 1 << UInt64($1 - 1) }
      return "Name:\tnode\nUid:\t\(found.userID)\t0\t0\t0\nNSpid:\t\(process)\t7\n"
        + "SigCgt:\t\(String(caught, radix: 16))\n"
    default: return loop(name, found) ?? thread(name, process, found)
    }
  }

  private func loop(_ name: String, _ process: Process) -> String? {
    guard name.hasPrefix("fdinfo/"), let loop = Int32(name.dropFirst(7)) else { return nil }
    let members = process.eventLoops[loop] ?? []
    return "pos:\t0\nflags:\t02\n"
      + members.map { "tfd: \($0) events:       19 data: 17  pos:0 ino:bd8a sdev:9\n" }.joined()
  }

  private func thread(_ name: String, _ process: Int32, _ found: Process) -> String? {
    let parts = name.split(separator: "/")
    guard parts.count == 3, parts[0] == "task", let number = Int(parts[1]) else { return nil }
    return found.threads[number - Int(process)] + "\n"
  }

  private func internet(isV6: Bool) -> String {
    let lines = listeners.filter { ($0.address.count == 32) == isV6 }.map { listener in
      let far = listener.farPort == 0 ? "00000000" : listener.address
      return "   0: \(listener.address):\(padded(listener.port)) "
        + "\(far):\(padded(listener.farPort)) "
        + (listener.isListening ? "0A" : "01")
        + " 00000000:00000000 00:00000000 00000000  \(listener.userID)        0 \(listener.inode) 1"
    }
    return (["  sl  local_address rem_address st …"] + lines).joined(separator: "\n") + "\n"
  }

  private func padded(_ port: UInt16) -> String {
    let digits = String(port, radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }

  private var unix: String {
    let lines = unixListeners.map { inode, path in
      "0000000000000000: 00000002 00000000 00010000 0001 01 \(inode) \(path)"
    }
    return (["Num RefCount Protocol Flags Type St Inode Path"] + lines).joined(separator: "\n")
  }
}

package import Connections
internal import HeapModel

/// Where an inspector takes connections: on this host, always.
package struct InspectorEndpoint: Sendable, Hashable {
  package var address: SocketAddress
  /// The path of the inspector's WebSocket where the process was started with one; else the
  /// inspector is asked for it.
  package var path: String?

  package init(address: SocketAddress, path: String? = nil) {
    self.address = address
    self.path = path
  }
}

/// What discovery found out about a process's inspector.
package enum InspectorLocation: Sendable, Hashable {
  case at(InspectorEndpoint)
  /// There is none that we could use; the sentence says what would make one.
  case absent(String)
}

/// Tells which of a process's own listening sockets is its inspector, without asking any of them.
///
/// A wrong guess would show up in somebody's access log, so there is no guess: one socket is
/// named, or none.
struct InspectorLocator {
  /// A listening socket with the descriptor under which the process holds it.
  struct Candidate: Hashable {
    var descriptor: Int32
    var socket: ListeningSocket
  }

  var process: ProcessFacts
  var sockets: ProcessSockets

  func locate(_ runtime: RuntimeKind) -> InspectorLocation {
    switch runtime {
    case .node: locateNode()
    case .deno: locateNode(DenoOptions.inspector(in: process))
    case .bun: locateBun()
    case .webKitGTK: locateWebKit()
    case .chromium: locateChromium()
    case .workerd: locateWorkerd()
    case .firefox: locateFirefox()
    }
  }

  // MARK: Node and Deno

  /// Under the permission model Node takes `--inspect` and opens nothing: what listens there is the
  /// program's own.
  private func locateNode() -> InspectorLocation {
    if let option = NodeOptions.permissionModel(among: NodeOptions.options(of: process)) {
      return .absent("\(option) takes the inspector away; Node 24 has --allow-inspector beside it")
    }
    return locateNode(NodeOptions.inspector(in: process))
  }

  private func locateNode(_ asked: NodeOptions.Inspector) -> InspectorLocation {
    let advice = "start it with NODE_OPTIONS=--inspect=127.0.0.1:0"
    let takesAnyPort = asked.isOn && asked.port == 0
    let found = takesAnyPort ? firstOpened(near: asked.host) : listener(on: asked.port)
    if let found { return usable(found, path: nil) }
    guard asked.isOn, !takesAnyPort else { return .absent(advice) }
    return .absent(
      "its inspector is not on port \(asked.port), which another process may hold: \(advice)"
    )
  }

  /// Both open the inspector before the first line of the program runs, and descriptors are given
  /// out from the lowest: so it has the lowest of all listening sockets but those that came with
  /// the start (socket activation, descriptors from 3 on).
  private func firstOpened(near host: String?) -> Candidate? {
    let inherited = process.environment["LISTEN_FDS"].flatMap { Int32($0) } ?? 0
    return sockets.internet
      .filter { $0.descriptor >= 3 &+ inherited && isNear($0.socket, host: host) }
      .min { $0.descriptor < $1.descriptor }
  }

  // MARK: Bun

  private func locateBun() -> InspectorLocation {
    let advice = "start it with BUN_INSPECT=ws://127.0.0.1:0/ and a secret word of yours after it"
    switch BunOptions.inspector(in: process) {
    case nil:
      let socket = BunOptions.calledSocket(in: process)
      return .absent(
        socket.map { "it called at \($0) when it started, and does so once" } ?? advice
      )
    case .dialsOut:
      return .absent("its inspector connects to someone else, and waits there: \(advice)")
    case .unix(let path):
      guard sockets.unix.contains(where: { $0.socket.address == .unix(path: path) }) else {
        return .absent("its inspector does not listen on \(path)")
      }
      return .at(InspectorEndpoint(address: .unix(path: path), path: "/retinue"))
    case .listen(_, _, path: nil):
      return .absent("its inspector has a random path: \(advice)")
    case .listen(let host, 0, let path):
      return besideMainLoop(near: host).map { usable($0, path: path) } ?? .absent(advice)
    case .listen(_, let port, let path):
      return listener(on: port).map { usable($0, path: path) }
        ?? .absent("its inspector is not on port \(port): \(advice)")
    }
  }

  /// Bun opens its inspector beside the program, so descriptors tell nothing.
  ///
  /// But the inspector has an event loop of its own, made right after that of the program: its
  /// socket is in the first loop behind the program's that has one.
  private func besideMainLoop(near host: String?) -> Candidate? {
    let candidates = sockets.internet.filter { isNear($0.socket, host: host) }
    let loops = sockets.eventLoops.sorted { $0.descriptor < $1.descriptor }
    for loop in loops.dropFirst() {
      if let found = candidates.first(where: { loop.members.contains($0.descriptor) }) {
        return found
      }
    }
    return nil
  }

  // MARK: Firefox

  private func locateFirefox() -> InspectorLocation {
    let advice =
      "start it with --start-debugger-server PORT and the preferences of "
      + "docs/protocols/firefox.md"
    switch FirefoxOptions.server(in: process.arguments) {
    case nil:
      return .absent(advice)
    case .port(let port):
      return listener(on: port).map { usable($0, path: nil) }
        ?? .absent("its debugger server is not on port \(port): \(advice)")
    case .socket(let path):
      let isHeld = sockets.unix.contains { $0.socket.address == .unix(path: path) }
      return isHeld
        ? .at(InspectorEndpoint(address: .unix(path: path)))
        : .absent("its debugger server does not listen on \(path): \(advice)")
    case .unusable(let reason):
      return .absent("\(reason): \(advice)")
    }
  }

  // MARK: WebKitGTK

  private func locateWebKit() -> InspectorLocation {
    let advice = "start it with \(WebKitOptions.variable)=127.0.0.1:PORT"
    guard let port = WebKitOptions.inspector(in: process)?.port else { return .absent(advice) }
    return listener(on: port).map { usable($0, path: nil) }
      ?? .absent("its inspector is not on port \(port), which another process may hold")
  }

  // MARK: Chromium

  private func locateChromium() -> InspectorLocation {
    let advice = "start it with --remote-debugging-port=0"
    guard let port = ChromiumOptions.port(in: process.arguments) else { return .absent(advice) }
    let loopback = sockets.internet.filter { isNear($0.socket, host: nil) }
    // A browser listens on nothing else; where it does, nothing tells which is which.
    let found = port == 0 ? (loopback.count == 1 ? loopback[0] : nil) : listener(on: port)
    if let found { return usable(found, path: nil) }
    return .absent(
      port == 0
        ? "its inspector's port cannot be told from others: give --remote-debugging-port a number"
        : "its inspector is not on port \(port), which another process may hold: \(advice)"
    )
  }

  // MARK: workerd

  private func locateWorkerd() -> InspectorLocation {
    switch WorkerdRole(process.arguments) {
    case .wranglerProxy(let entryPorts):
      locateProxy(beside: entryPorts)
    case .behindWrangler:
      .absent(
        "it is watched through the proxy that wrangler has put before it, and that shows only the "
          + "last of several workers"
      )
    case .behindMiniflare:
      .absent(
        "its proxy is in the Node process that started miniflare, where no port says which it is: "
          + "name it under 'targets' as a workerd"
      )
    case .alone(let port):
      listener(on: port).map { usable($0, path: nil) }
        ?? .absent("its inspector is not on port \(port)")
    case .uninspected:
      .absent("start it with --inspector-addr=127.0.0.1:PORT")
    }
  }

  /// A guess would run the user's worker: there is one other port, or none is asked.
  private func locateProxy(beside entryPorts: Set<UInt16>) -> InspectorLocation {
    let others = sockets.internet.filter { !entryPorts.contains($0.socket.port ?? 0) }
    guard others.count == 1, let inspector = others.first else {
      return .absent("its inspector's port is not known yet")
    }
    return usable(inspector, path: nil)
  }

  // MARK: All

  private func listener(on port: UInt16) -> Candidate? {
    sockets.internet.first { $0.socket.port == port }
  }

  /// Whether a socket is bound to what the process was told, where it was told no port.
  private func isNear(_ socket: ListeningSocket, host: String?) -> Bool {
    guard case .tcp(let address, _) = socket.address else { return false }
    let wanted = host.map { IPAddress($0) } ?? .loopbackV4
    return wanted.map { $0 == address } ?? address.isLoopback
  }

  private func usable(_ candidate: Candidate, path: String?) -> InspectorLocation {
    guard let address = candidate.socket.loopbackAddress else {
      return .absent("its inspector is not on loopback: start it with --inspect=127.0.0.1:0")
    }
    guard candidate.socket.userID == process.userID else {
      return .absent("its inspector's socket belongs to another user")
    }
    return .at(InspectorEndpoint(address: address, path: path))
  }
}

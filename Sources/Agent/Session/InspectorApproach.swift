internal import Connections
internal import Glibc
internal import HeapModel
internal import InspectorProtocols

/// The way to an inspector: asks who listens there, where its conversations are held, and opens one.
struct InspectorApproach {
  /// How long an inspector may take to say who it is, and to shake hands.
  private static let patience = Duration.seconds(5)

  let runtime: RuntimeKind
  let endpoint: InspectorEndpoint

  /// - Parameter recognised: called when the inspector has said who it is, where it says so before
  ///   the conversation.
  /// - Throws: `ConnectionFailure`, `SocketError`, `CancellationError`.
  func open(
    _ recognised: @Sendable (RuntimeAnnouncement) async -> Void
  ) async throws -> sending any StreamClient {
    switch InspectorProtocol.approach(to: runtime) {
    case .announced:
      return try await webSocket(at: try await announcedPath(recognised))
    case .webKitList:
      return try await webSocket(at: try await listedPath())
    case .direct:
      return try await ByteStreamClient.connect(
        to: endpoint.address,
        until: .now + Self.patience
      )
    }
  }

  private func webSocket(at path: String) async throws -> sending WebSocketClient {
    try await WebSocketClient.connect(
      to: endpoint.address,
      path: path,
      fields: InspectorProtocol.handshakeFields(for: runtime),
      until: .now + Self.patience
    )
  }

  private func get(_ path: String) async throws -> [UInt8] {
    try await reply(path).body
  }

  private func reply(_ path: String) async throws -> HTTPReply {
    try await HTTPGet.get(path, from: endpoint.address, until: .now + Self.patience)
  }

  static let inUseDetail = "somebody else is connected to its inspector, which takes one client"

  private func checkNobodyIsConnected() throws(ConnectionFailure) {
    let process = endpoint.address.namespace?.processID ?? getpid()
    let connections = EstablishedConnections(through: process, of: ProcFileSystem())
    guard connections.contains(endpoint.address) else { return }
    throw ConnectionFailure(.inUse(Self.inUseDetail))
  }

  // MARK: Announced

  private func announcedPath(
    _ recognised: (RuntimeAnnouncement) async -> Void
  ) async throws -> String {
    guard let announcement = RuntimeAnnouncement(body: try await get("/json/version")),
      announcement.runtime == runtime
    else { throw noInspector }
    await recognised(announcement)
    if runtime == .workerd, announcement.isProxy == false {
      // A second client at a `workerd` ends both sessions, and the first may be a developer's. A
      // proxy turns the second away by itself, and its tool is connected to it all the time.
      try checkNobodyIsConnected()
    }
    if let path = endpoint.path ?? announcement.webSocketPath { return path }
    let reply = try await reply("/json/list")
    guard let listing = InspectorListing.main(of: InspectorListing.read(body: reply.body)) else {
      // Deno lists nothing in its first moments; Node says so by another status.
      if reply.status == 200 { throw ConnectionFailure(.lost("it lists nothing to inspect yet")) }
      throw ConnectionFailure(
        .unusable("its inspector does not tell its path; start it without --inspect-publish-uid")
      )
    }
    return listing.webSocketPath
  }

  private var noInspector: ConnectionFailure {
    ConnectionFailure(.unusable("what listens on \(endpoint.address) is no inspector"))
  }

  // MARK: WebKit's list

  /// Asked anew each time: a path that the browser no longer knows would end it.
  private func listedPath() async throws -> String {
    // A second client would throw the first one out, which may be a developer's.
    try checkNobodyIsConnected()
    guard let list = WebKitTargetList(body: try await get("/")) else { throw noInspector }
    guard let page = list.pages.first else {
      throw ConnectionFailure(.lost("it has no page that could be inspected"))
    }
    return page.webSocketPath
  }
}

struct ConnectionFailure: Error {
  let end: ConnectionEnd

  init(_ end: ConnectionEnd) {
    self.end = end
  }
}

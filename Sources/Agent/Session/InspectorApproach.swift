internal import Connections
internal import HeapModel
internal import InspectorProtocols

/// The way to an inspector: asks who listens there, where its conversations are held, and opens one.
struct InspectorApproach {
  /// How long an inspector may take to say who it is, and to shake hands.
  private static let patience = Duration.seconds(5)

  let runtime: RuntimeKind
  let endpoint: InspectorEndpoint

  /// What an inspector lists, and what is known of it that binds whoever connects.
  private struct Inventory {
    var listings: [InspectorListing]
    /// Why we do not come while somebody else is there; nil where he would not feel it.
    var reasonAgainstCompany: String?
  }

  /// Asks what the inspector holds conversations with.
  ///
  /// - Parameter recognised: called when the inspector has said who it is, where it says so.
  /// - Throws: `ConnectionFailure`, `SocketError`, `CancellationError`.
  func listings(
    _ recognised: (RuntimeAnnouncement) async -> Void
  ) async throws -> [InspectorListing] {
    try await inventory(recognised).listings
  }

  /// Opens a conversation.
  ///
  /// The inspector is asked anew where it is held: WebKit's server ends the whole browser when it
  /// is asked for what it no longer has.
  ///
  /// - Parameters:
  ///   - name: of the program that is meant, as it was listed
  ///   - recognised: called when the inspector has said who it is, where it says so before the
  ///     conversation.
  /// - Throws: `ConnectionFailure`, `SocketError`, `CancellationError`.
  func open(
    _ name: String,
    _ recognised: @Sendable (RuntimeAnnouncement) async -> Void
  ) async throws -> sending any StreamClient {
    guard InspectorProtocol.approach(to: runtime) != .direct else {
      return try await ByteStreamClient.connect(
        to: endpoint.address,
        until: .now + Self.patience
      )
    }
    let inventory = try await inventory(recognised)
    guard let listing = inventory.listings.first(where: { $0.name == name }) else {
      throw ConnectionFailure(.lost("its inspector does not list it any more"))
    }
    if let reason = inventory.reasonAgainstCompany { try checkNobodyElseIsConnected(or: reason) }
    return try await WebSocketClient.connect(
      to: endpoint.address,
      path: listing.webSocketPath,
      fields: InspectorProtocol.handshakeFields(for: runtime),
      until: .now + Self.patience
    )
  }

  /// A second client would end the session of the first.
  static let inUseDetail = "somebody else is connected to its inspector, which takes one client"
  private static let lossDetail =
    "somebody else is connected to its inspector, and would lose what he has switched on there "
    + "when we leave"

  private func checkNobodyElseIsConnected(or reason: String) throws(ConnectionFailure) {
    let connections = EstablishedConnections(to: endpoint.address, of: ProcFileSystem())
    guard connections.others(at: endpoint.address) > 0 else { return }
    throw ConnectionFailure(.inUse(reason))
  }

  private func inventory(
    _ recognised: (RuntimeAnnouncement) async -> Void
  ) async throws -> Inventory {
    switch InspectorProtocol.approach(to: runtime) {
    case .announced:
      let announcement = try await announcement(recognised)
      let listing =
        if let path = endpoint.path ?? announcement.webSocketPath {
          InspectorListing(only: path)
        } else {
          try await onlyListing()
        }
      let isFelt = InspectorProtocol.leavingIsFelt(by: runtime)
      return Inventory(listings: [listing], reasonAgainstCompany: isFelt ? Self.lossDetail : nil)
    case .announcedPrograms:
      let announcement = try await announcement(recognised)
      let reply = try await reply("/json/list")
      // A proxy turns a second client away by itself, and its tool is connected to it all the time.
      return Inventory(
        listings: InspectorListing.workers(of: InspectorListing.read(body: reply.body)),
        reasonAgainstCompany: announcement.isProxy ? nil : Self.inUseDetail
      )
    case .webKitList:
      let reply = try await reply("/")
      guard let list = WebKitTargetList(body: reply.body) else { throw noInspector }
      return Inventory(listings: list.pages, reasonAgainstCompany: Self.inUseDetail)
    case .direct:
      return Inventory(listings: [])
    }
  }

  private func reply(_ path: String) async throws -> HTTPReply {
    try await HTTPGet.get(path, from: endpoint.address, until: .now + Self.patience)
  }

  private func announcement(
    _ recognised: (RuntimeAnnouncement) async -> Void
  ) async throws -> RuntimeAnnouncement {
    let reply = try await reply("/json/version")
    guard let announcement = RuntimeAnnouncement(body: reply.body), announcement.runtime == runtime
    else { throw noInspector }
    await recognised(announcement)
    return announcement
  }

  private func onlyListing() async throws -> InspectorListing {
    let reply = try await reply("/json/list")
    guard let listing = InspectorListing.main(of: InspectorListing.read(body: reply.body)) else {
      // Deno lists nothing in its first moments; Node says so by another status.
      if reply.status == 200 { throw ConnectionFailure(.lost("it lists nothing to inspect yet")) }
      throw ConnectionFailure(
        .unusable("its inspector does not tell its path; start it without --inspect-publish-uid")
      )
    }
    return listing
  }

  private var noInspector: ConnectionFailure {
    ConnectionFailure(.unusable("what listens on \(endpoint.address) is no inspector"))
  }
}

extension InspectorListing {
  /// What an inspector has that is known to have only this.
  fileprivate init(only path: String) {
    self.init(id: "", title: "", scriptURL: "", webSocketPath: path)
  }
}

struct ConnectionFailure: Error {
  let end: ConnectionEnd

  init(_ end: ConnectionEnd) {
    self.end = end
  }
}

extension ConnectionEnd {
  /// What an error that came out of an approach means for the connection.
  init(_ error: any Error) {
    if let failure = error as? ConnectionFailure {
      self = failure.end
    } else if let error = error as? SocketError {
      switch error.code {
      case .malformed, .forbidden, .tooLarge: self = .unusable(error.message)
      case .timedOut: self = .unresponsive
      case .unreachable, .closed, .system: self = .lost(error.message)
      }
    } else if error is CancellationError {
      self = .lost("the target is gone")
    } else {
      self = .lost("\(error)")
    }
  }
}

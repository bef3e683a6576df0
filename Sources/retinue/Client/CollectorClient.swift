internal import CommandLineArguments
internal import Configuration
internal import FleetProtocol
internal import GRPCTransport

/// A collector that is asked: the messages of `FleetProtocol` over a channel of `GRPCTransport`.
final class CollectorClient: Sendable {
  private let address: String
  private let channel: Channel
  private let metadata: Metadata

  /// Connects, lends the client, and disconnects.
  static func connected<Result: Sendable>(
    _ arguments: ParsedArguments,
    _ body: (CollectorClient) async throws -> Result
  ) async throws -> Result {
    let queue = CompletionQueue()
    let result: Swift.Result<Result, any Error>
    do {
      result = .success(try await body(CollectorClient(arguments, queue: queue)))
    } catch {
      result = .failure(error)
    }
    await queue.shutdown()
    return try result.get()
  }

  private init(_ arguments: ParsedArguments, queue: CompletionQueue) throws {
    address = ClientOptions.address(arguments)
    channel = try Channel(address, credentials: try Self.credentials(arguments), queue: queue)
    metadata = try Self.metadata(address, arguments)
  }

  /// Asks once.
  func ask<Request, Reply>(
    _ method: FleetMethod<Request, Reply>,
    _ request: Request,
    within deadline: Duration = .seconds(30)
  ) async throws -> Reply {
    let options = CallOptions(metadata: metadata, deadline: deadline)
    do {
      let reply = try await channel.unary(Method(method.path), Payload(request.encoded()), options)
      return try reply.withContiguous { bytes in try Reply(decoding: bytes) }
    } catch let error as RPCError {
      throw ClientError(error, address: address)
    }
  }

  /// Asks once, and takes each message of the answer as it comes.
  func follow<Request, Reply>(
    _ method: FleetMethod<Request, Reply>,
    _ request: Request,
    within deadline: Duration? = nil,
    _ receive: (Reply) async throws -> Void
  ) async throws {
    do {
      let options = CallOptions(metadata: metadata, deadline: deadline)
      let call = try channel.stream(Method(method.path), options)
      defer { call.cancel() }
      try? await call.send(Payload(request.encoded()))
      try? await call.halfClose()
      // How the call ended, also when sending failed, is what `finish` says.
      while let message = try await call.receive() {
        try await receive(try message.withContiguous { bytes in try Reply(decoding: bytes) })
      }
      _ = try await call.finish()
    } catch let error as RPCError {
      throw ClientError(error, address: address)
    }
  }

  private static func credentials(_ arguments: ParsedArguments) throws -> ClientCredentials {
    let (certificate, key) = (
      arguments[ClientOptions.tlsCertificate], arguments[ClientOptions.tlsKey]
    )
    guard let roots = arguments[ClientOptions.tlsRoots] else {
      guard certificate == nil, key == nil else {
        throw UsageError("a TLS certificate or key needs --tls-roots as well")
      }
      return .insecure
    }
    let rootsText = try TextFile.read(roots)
    switch (certificate, key) {
    case (nil, nil): return .tls(roots: rootsText)
    case (let certificate?, let key?):
      let identity = PEMIdentity(
        certificateChain: try TextFile.read(certificate),
        privateKey: try TextFile.read(key)
      )
      return .mutualTLS(identity, roots: rootsText)
    default: throw UsageError("--tls-certificate and --tls-key belong together")
    }
  }

  /// The token, which a collector on TCP asks for; a socket's folder is its own protection.
  private static func metadata(_ address: String, _ arguments: ParsedArguments) throws -> Metadata {
    var metadata = Metadata()
    if case .unix = try ListenAddress(address) { return metadata }
    let token: String?
    if let file = arguments[ClientOptions.tokenFile] {
      token = try TextFile.read(file)
    } else {
      let places = Places.current
      let files = [
        places.tokenCopy(ofCollectorAt: address),
        places.tokenCopy(ofCollectorAt: address.replacing("localhost", with: "127.0.0.1")),
        Places.tokenFile(inDataFolder: places.dataFolder),
      ]
      token = files.lazy.compactMap { try? TextFile.read($0) }.first
    }
    if let token {
      try metadata.add("authorization", .text("Bearer " + token.filter { !$0.isWhitespace }))
    }
    return metadata
  }
}

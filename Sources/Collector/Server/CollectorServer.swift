package import GRPCTransport
internal import Glibc
package import Log
internal import Store

/// A collector: store, ingest, analysis and queries behind one listener.
package enum CollectorServer {
  /// Why a collector does not start, in a sentence for the person who starts it.
  package struct StartError: Error, CustomStringConvertible {
    package let description: String
    /// Whether other options would help, and trying again would not.
    package var isUsage = false
  }

  private static func isUsage(_ error: TransportError) -> Bool {
    [.invalidAddress, .plaintextRefused, .invalidCredentials].contains(error.code)
  }

  /// Runs until `stop` returns, then ends cleanly.
  ///
  /// Starts from whatever an earlier process left, however that ended.
  ///
  /// - Parameters:
  ///   - ready: told the address once it serves.
  ///   - stop: returns when the collector is to end.
  /// - Throws: `StartError` where it cannot start.
  package static func run(
    _ configuration: CollectorConfiguration,
    log: Logger,
    ready: (ListenAddress) -> Void,
    until stop: @Sendable () async -> Void
  ) async throws {
    let limit = DescriptorLimit.raise()
    if let shortage = limit.shortage(forAgents: configuration.maximumAgents) {
      throw StartError(description: shortage)
    }
    let store = try open(configuration.dataFolder, log)
    // Whatever still holds the store for a moment writes nothing any more.
    defer { store.folder.release() }
    let parts = CollectorParts(store, configuration, log: log)
    try await parts.restore()

    let queue = CompletionQueue()
    let server: Server
    do {
      server = try listen(configuration, parts, queue, log)
    } catch {
      await queue.shutdown()
      let isUsage = (error as? TransportError).map(Self.isUsage) ?? false
      throw StartError(description: "\(error)", isUsage: isUsage)
    }
    guard let address = server.boundAddresses.first else {
      throw StartError(description: "nothing is listened on")
    }
    let copy = try copyToken(store, address, configuration)
    let probe = try ListenerProbe(address, isTLS: configuration.tls != nil) { reason in
      // Nothing but a new process helps; the supervisor starts one.
      log.error("the listener is dead: ending", ["reason": reason])
      _exit(70)
    }
    let background = Task { await parts.runInBackground() }
    log.info("serving", ["address": address.description, "data": configuration.dataFolder])
    ready(address)

    await stop()
    log.info("ending")
    probe.stop()
    copy?.remove()
    await parts.endStreams()
    await server.shutdown(grace: .seconds(5))
    background.cancel()
    await background.value
    await queue.shutdown()
  }

  private static func open(_ folder: String, _ log: Logger) throws -> EmbeddedStore {
    do throws(StoreError) {
      let store = try EmbeddedStore(folder: folder)
      for note in store.notes { log.error("set aside", ["what": note]) }
      return store
    } catch {
      throw StartError(description: error.message)
    }
  }

  private static func listen(
    _ configuration: CollectorConfiguration,
    _ parts: CollectorParts,
    _ queue: CompletionQueue,
    _ log: Logger
  ) throws -> Server {
    var options = TransportOptions()
    // Each agent has a control stream and a few calls.
    options.maxActiveCalls = max(8_192, configuration.maximumAgents * 4)
    let credentials: ServerCredentials
    var token: AccessToken?
    if let tls = configuration.tls {
      credentials = .mutualTLS(tls.identity, clientRoots: tls.clientRoots)
    } else {
      credentials = .insecureLocalOnly
      if case .tcp = configuration.listen {
        token = AccessToken(try parts.store.folder.token())
      }
    }
    return try Server(
      parts.handlers,
      listen: [(configuration.listen, credentials)],
      options: options,
      queues: [queue],
      admit: { [token] call in token?.objection(to: call.metadata) },
      report: { method, error in
        log.error(
          "a call failed",
          ["method": method.description, "error": LoggedError(error)]
        )
      }
    )
  }

  private static func copyToken(
    _ store: EmbeddedStore,
    _ address: ListenAddress,
    _ configuration: CollectorConfiguration
  ) throws -> TokenCopy? {
    guard configuration.tls == nil, case .tcp = address, let folder = configuration.tokenFolder
    else { return nil }
    return try TokenCopy(try store.folder.token(), of: address, in: folder)
  }
}

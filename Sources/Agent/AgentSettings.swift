package import Configuration
internal import GRPCTransport

/// What an agent is started with.
package struct AgentSettings: Sendable {
  package var version: String
  /// `host:port` or `unix:PATH`.
  package var collector: String
  package var spoolFolder: String
  package var configuration: AgentConfiguration
  /// The file with the token that a collector on loopback TCP asks for; nil for the standard one,
  /// which may be missing.
  package var tokenFile: String?

  package init(
    version: String,
    collector: String,
    spoolFolder: String,
    configuration: AgentConfiguration,
    tokenFile: String? = nil
  ) {
    self.version = version
    self.collector = collector
    self.spoolFolder = spoolFolder
    self.configuration = configuration
    self.tokenFile = tokenFile
  }
}

/// Something in the settings or around them that keeps an agent from starting; the sentence says
/// what a person should change.
package struct AgentStartError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whether the settings are wrong, and not what they speak of.
  package let isUsage: Bool
  package let description: String

  package init(_ description: String, isUsage: Bool = false) {
    self.description = description
    self.isUsage = isUsage
  }
}

extension AgentSettings {
  /// The way to the collector.
  ///
  /// - Throws: `AgentStartError` for an address, certificate or token that cannot work.
  func link(queue: CompletionQueue) throws(AgentStartError) -> CollectorLink {
    do {
      return try CollectorLink(
        address: collector,
        credentials: credentials(),
        token: token(),
        queue: queue
      )
    } catch let error as AgentStartError {
      throw error
    } catch {
      throw AgentStartError("\(error)", isUsage: true)
    }
  }

  private func credentials() throws -> ClientCredentials {
    guard let tls = configuration.tls else { return .insecure }
    let identity = PEMIdentity(
      certificateChain: try Self.text(tls.certificate),
      privateKey: try Self.text(tls.key)
    )
    return .mutualTLS(identity, roots: try Self.text(tls.roots))
  }

  private func token() throws -> String? {
    guard configuration.tls == nil, case .tcp = try ListenAddress(collector) else { return nil }
    let text: String
    if let tokenFile {
      text = try Self.text(tokenFile)
    } else {
      let standard = Places.tokenFile(inDataFolder: Places.current.dataFolder)
      guard let found = try? Self.text(standard) else { return nil }
      text = found
    }
    return text.filter { !$0.isWhitespace }
  }

  private static func text(_ path: String) throws(AgentStartError) -> String {
    guard let bytes = readWhole(path, limit: 1 << 20) else {
      throw AgentStartError("\(path) cannot be read", isUsage: true)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

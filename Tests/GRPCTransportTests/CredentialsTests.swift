import GRPCTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct CredentialsTests {
  /// A server on every address, so that the very thing is tested that plaintext is refused for.
  private func withSecureServer(
    _ certificates: Certificates,
    _ body: (Int, CompletionQueue) async throws -> Void
  ) async throws {
    let whoAmI = Handler.unary { call, _ in
      let peer = call.peer
      let names = peer.dnsNames.joined(separator: ",")
      return Payload(text: "\(peer.commonName ?? "-") \(peer.spiffeID ?? "-") \(names)")
    }
    let queue = CompletionQueue()
    let server = try Server(
      [.echo: whoAmI],
      listen: [
        (
          .tcp(host: "0.0.0.0", port: 0),
          .mutualTLS(certificates.server, clientRoots: certificates.roots)
        )
      ],
      queues: [queue]
    )
    do {
      try await body(server.boundPorts[0], queue)
    } catch {
      Issue.record(error)
    }
    await server.shutdown(grace: .seconds(1))
    await queue.shutdown()
  }

  @Test(.enabled(if: Certificates.isPossible))
  func `a client with a good certificate is known by its names`() async throws {
    let certificates = try await Certificates.shared.value
    try await withSecureServer(certificates) { port, queue in
      let channel = try Channel(
        "127.0.0.1:\(port)",
        credentials: .mutualTLS(certificates.agent, roots: certificates.roots),
        queue: queue
      )
      let answer = try await channel.unary(.echo, Payload())
      expect(answer.text, equals: "agent-1 spiffe://retinue/agent/agent-1 agent-1.test")

      var options = TransportOptions()
      options.serverName = "collector.test"
      let named = try Channel(
        "localhost:\(port)",
        credentials: .mutualTLS(certificates.agent, roots: certificates.roots),
        options: options,
        queue: queue
      )
      #expect(try await named.unary(.echo, Payload()).count > 0)
    }
  }

  enum Stranger: String, CaseIterable, CustomTestStringConvertible {
    case noCertificate = "a client without a certificate"
    case rogueCertificate = "a client with a certificate of another root"
    case wrongRoots = "a client that trusts another root"
    case wrongName = "a client that expects another server"
    case plaintext = "a client without TLS"
    var testDescription: String { rawValue }
  }

  @Test(.enabled(if: Certificates.isPossible), arguments: Stranger.allCases)
  func `a stranger gets no call through`(stranger: Stranger) async throws {
    let certificates = try await Certificates.shared.value
    try await withSecureServer(certificates) { port, queue in
      var options = TransportOptions()
      let credentials: ClientCredentials
      switch stranger {
      case .noCertificate: credentials = .tls(roots: certificates.roots)
      case .rogueCertificate:
        credentials = .mutualTLS(certificates.rogue, roots: certificates.roots)
      case .wrongRoots:
        credentials = .mutualTLS(certificates.agent, roots: certificates.rogueRoots)
      case .wrongName:
        options.serverName = "elsewhere.test"
        credentials = .mutualTLS(certificates.agent, roots: certificates.roots)
      case .plaintext: credentials = .insecure
      }
      let channel = try Channel(
        "127.0.0.1:\(port)",
        credentials: credentials,
        options: options,
        queue: queue
      )
      let error = await rpcError {
        _ = try await channel.unary(.echo, Payload(), CallOptions(deadline: .seconds(5)))
      }
      expect(error?.code, equals: .unavailable)
    }
  }

  @Test(.enabled(if: Certificates.isPossible))
  func `what is no certificate is refused with a sentence`() async throws {
    let good = try await Certificates.shared.value
    let broken: [(PEMIdentity, String, String)] = [
      (
        PEMIdentity(certificateChain: "", privateKey: good.server.privateKey), good.roots,
        "the certificate file"
      ),
      (
        PEMIdentity(
          certificateChain: good.server.certificateChain,
          privateKey: good.server.certificateChain
        ), good.roots, "the key file"
      ),
      (good.server, "no roots here", "the file of client roots"),
      (
        PEMIdentity(
          certificateChain: good.server.certificateChain,
          privateKey: good.agent.privateKey
        ), good.roots, "does not belong to the certificate"
      ),
      (
        PEMIdentity(
          certificateChain: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
          privateKey: good.server.privateKey
        ), good.roots, "not usable"
      ),
    ]
    let queue = CompletionQueue()
    for (identity, roots, hint) in broken {
      let error = #expect(throws: TransportError.self) {
        try Server(
          [:],
          listen: [
            (.tcp(host: "127.0.0.1", port: 0), .mutualTLS(identity, clientRoots: roots))
          ],
          queues: [queue]
        )
      }
      expect(error?.code, equals: .invalidCredentials, "\(error?.message ?? "") \(hint)")
      expect(error?.message.contains(hint), equals: true, "\(error?.message ?? "") \(hint)")
    }
    await queue.shutdown()
  }
}

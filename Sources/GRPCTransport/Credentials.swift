internal import CGRPC
internal import Glibc

/// A certificate chain and its private key, as PEM text.
package struct PEMIdentity: Sendable {
  package var certificateChain: String
  package var privateKey: String

  package init(certificateChain: String, privateKey: String) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
  }
}

/// How a server knows its clients.
package enum ServerCredentials: Sendable {
  /// No TLS. Only on loopback addresses and Unix sockets: the core parses whatever arrives, and
  /// one connection can cost it gigabytes (`facts/grpc.md` 5).
  case insecureLocalOnly
  /// TLS, and a client whose certificate does not come from `clientRoots` is not listened to:
  /// HTTP/2 is parsed only after its certificate was accepted.
  case mutualTLS(PEMIdentity, clientRoots: String)
}

/// How a client knows its server, and shows who it is.
package enum ClientCredentials: Sendable {
  /// No TLS. Only to loopback addresses and Unix sockets.
  case insecure
  case tls(roots: String)
  case mutualTLS(PEMIdentity, roots: String)
}

extension ServerCredentials {
  /// Lends the core's form.
  func withCore<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
    let credentials: OpaquePointer?
    switch self {
    case .insecureLocalOnly:
      credentials = grpc_insecure_server_credentials_create()
    case .mutualTLS(let identity, let clientRoots):
      try identity.check()
      try PEM.check(clientRoots, contains: "CERTIFICATE", as: "the file of client roots")
      credentials = identity.withPair { pair in
        grpc_ssl_server_credentials_create_ex(
          clientRoots,
          pair,
          1,
          GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY,
          nil
        )
      }
    }
    guard let credentials else {
      throw TransportError(.invalidCredentials, "The certificate, key or roots were refused.")
    }
    defer { grpc_server_credentials_release(credentials) }
    return try body(credentials)
  }
}

extension ClientCredentials {
  func withCore<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
    let credentials: OpaquePointer?
    switch self {
    case .insecure:
      credentials = grpc_insecure_credentials_create()
    case .tls(let roots):
      try PEM.check(roots, contains: "CERTIFICATE", as: "the file of server roots")
      credentials = grpc_ssl_credentials_create_ex(roots, nil, nil, nil)
    case .mutualTLS(let identity, let roots):
      try identity.check()
      try PEM.check(roots, contains: "CERTIFICATE", as: "the file of server roots")
      credentials = identity.withPair { grpc_ssl_credentials_create_ex(roots, $0, nil, nil) }
    }
    guard let credentials else {
      throw TransportError(.invalidCredentials, "The certificate, key or roots were refused.")
    }
    defer { grpc_channel_credentials_release(credentials) }
    return try body(credentials)
  }
}

extension PEMIdentity {
  fileprivate func check() throws(TransportError) {
    try PEM.check(certificateChain, contains: "CERTIFICATE", as: "the certificate file")
    try PEM.check(privateKey, contains: "PRIVATE KEY", as: "the key file")
  }

  fileprivate func withPair<Result>(
    _ body: (UnsafeMutablePointer<grpc_ssl_pem_key_cert_pair>) -> Result
  ) -> Result {
    privateKey.withCString { key in
      certificateChain.withCString { chain in
        var pair = grpc_ssl_pem_key_cert_pair(private_key: key, cert_chain: chain)
        return body(&pair)
      }
    }
  }
}

private enum PEM {
  /// Refuses text without any block of the wanted kind, before the core turns that into a server
  /// with which no one can talk, and a line in its log.
  static func check(_ text: String, contains kind: String, as name: String) throws(TransportError) {
    let hasBlock = text.split(separator: "\n").contains { line in
      line.hasPrefix("-----BEGIN ") && line.contains("\(kind)-----")
    }
    guard hasBlock, !text.utf8.contains(0) else {
      throw TransportError(
        .invalidCredentials,
        "There is no PEM block \"\(kind)\" in \(name)."
      )
    }
  }
}

internal import CommandLineArguments
internal import Configuration
internal import GRPCTransport

/// The options of every command that asks a collector.
enum ClientOptions {
  static let collector = Option.optional(
    "collector",
    ValueKind<String>(placeholder: "ADDRESS", meaning: "an address: host:port or unix:PATH") {
      (try? ListenAddress($0)) == nil ? nil : $0
    },
    environment: "RETINUE_COLLECTOR",
    help: "the collector to ask: host:port or unix:PATH; else this host's own socket"
  )
  static let tokenFile = Option.optional(
    "token-file",
    .file,
    environment: "RETINUE_TOKEN_FILE",
    help: "the token of a collector on loopback TCP; else what one of ours left on this host"
  )
  static let tlsRoots = Option.optional(
    "tls-roots",
    .file,
    environment: "RETINUE_TLS_ROOTS",
    help: "roots (PEM) that the collector's certificate must come from; switches TLS on"
  )
  static let tlsCertificate = Option.optional(
    "tls-certificate",
    .file,
    environment: "RETINUE_TLS_CERTIFICATE",
    help: "our certificate (PEM), which the collector asks for"
  )
  static let tlsKey = Option.optional(
    "tls-key",
    .file,
    environment: "RETINUE_TLS_KEY",
    help: "the key (PEM) of that certificate"
  )
  static let json = Option.flag("json", help: "print JSON (docs/cli-json.md) instead of a table")

  static let all: [any AnyOption] = [
    json, collector, tokenFile, tlsRoots, tlsCertificate, tlsKey,
  ]

  /// The address to ask: given, else of this host's collector.
  static func address(_ arguments: ParsedArguments) -> String {
    arguments[collector] ?? Places.current.collectorAddress
  }
}

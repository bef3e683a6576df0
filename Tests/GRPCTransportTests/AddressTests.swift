import GRPCTransport
import TestSupport
import Testing

@Suite struct AddressTests {
  @Test(arguments: [
    ("127.0.0.1:7443", ListenAddress.tcp(host: "127.0.0.1", port: 7443)),
    ("collector.example.com:443", .tcp(host: "collector.example.com", port: 443)),
    ("[::1]:0", .tcp(host: "::1", port: 0)),
    ("unix:/run/retinue/collector.sock", .unix(path: "/run/retinue/collector.sock")),
    ("unix:relative/sock", .unix(path: "relative/sock")),
  ])
  func `an address is read and written the same`(text: String, address: ListenAddress) throws {
    try expect(ListenAddress(text), equals: address)
    expect(address.description, equals: text)
  }

  @Test func `a URL of a socket is read as its path`() throws {
    try expect(ListenAddress("unix:///run/x.sock"), equals: .unix(path: "/run/x.sock"))
  }

  @Test(arguments: [
    ("", "host:port"), ("127.0.0.1", "host:port"), ("host:port", "host:port"),
    ("host:70000", "host:port"), ("host:-1", "host:port"), ("::1:80", "brackets"),
    (":80", "0.0.0.0:80"), ("unix:", "path of a socket"), ("a b:80", "neither a host name"),
    ("dns:///host:80", "brackets"), ("[host]:80:90", "brackets"), ("ipv4:1.2.3.4:80", "brackets"),
    ("[fe80::1%eth0]:80", "neither a host name"),
  ])
  func `what is no address is refused with a sentence`(text: String, hint: String) {
    let error = #expect(throws: TransportError.self) { try ListenAddress(text) }
    expect(error?.code, equals: .invalidAddress)
    expect(error?.message.contains(hint), equals: true, "\(error?.message ?? "")")
  }

  @Test func `a socket path may have 107 bytes and no more`() throws {
    let longest = "/tmp/" + String(repeating: "é", count: 51)
    try expect(ListenAddress("unix:\(longest)"), equals: .unix(path: longest))
    let error = #expect(throws: TransportError.self) { try ListenAddress("unix:\(longest)x") }
    expect(error?.message.contains("has 108 bytes; the system allows 107"), equals: true)
  }

  @Test(arguments: [
    "127.0.0.1:1", "127.255.0.9:1", "[::1]:1", "localhost:1", "LocalHost:1", "unix:/tmp/x",
  ])
  func `loopback and sockets are local`(text: String) throws {
    #expect(try ListenAddress(text).isLocal)
  }

  /// The odd spellings are those by which a filter on text is usually passed.
  @Test(arguments: [
    "0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[fe80::1]:1", "[::ffff:127.0.0.1]:1", "example.com:1",
    "127.1:1", "0x7f.0.0.1:1", "2130706433:1", "0177.0.0.1:1", "localhost.:1",
    "localhost.example.com:1", "127.0.0.1.example.com:1", "ip6-localhost:1",
  ])
  func `everything else is not`(text: String) async throws {
    let address = try ListenAddress(text)
    expect(address.isLocal, equals: false)

    let queue = CompletionQueue()
    let client = #expect(throws: TransportError.self) {
      try Channel(text, credentials: .insecure, queue: queue)
    }
    expect(client?.code, equals: .plaintextRefused)
    let server = #expect(throws: TransportError.self) {
      try Server([:], listen: [(address, .insecureLocalOnly)], queues: [queue])
    }
    expect(server?.code, equals: .plaintextRefused)
    expect(
      server?.message.hasPrefix("Listening on \(address) without TLS is refused"),
      equals: true
    )
    await queue.shutdown()
  }

  @Test func `one address off loopback refuses the whole server`() async throws {
    let queue = CompletionQueue()
    #expect(throws: TransportError.self) {
      try Server(
        [:],
        listen: [
          (.tcp(host: "127.0.0.1", port: 0), .insecureLocalOnly),
          (.tcp(host: "0.0.0.0", port: 0), .insecureLocalOnly),
        ],
        queues: [queue]
      )
    }
    await queue.shutdown()
  }
}

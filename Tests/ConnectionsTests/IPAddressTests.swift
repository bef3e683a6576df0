import Connections
import TestSupport
import Testing

struct IPAddressTests {
  @Test func `numbers are addresses and names are not`() {
    expect(IPAddress("127.0.0.1")?.bytes, equals: [127, 0, 0, 1])
    expect(IPAddress("::1"), equals: .loopbackV6)
    expect(IPAddress("localhost"), equals: .loopbackV4)
    for text in [
      "example.com", "localhost.", "127.1", "0x7f.1", "2130706433", "", "::1%lo", "[::1]",
    ] {
      #expect(IPAddress(text) == nil, "\(text)")
    }
  }

  @Test(arguments: ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
  func `loopback stays on this host`(text: String) throws {
    #expect(try #require(IPAddress(text)).isLoopback)
  }

  @Test(arguments: ["128.0.0.1", "10.0.0.1", "0.0.0.0", "::", "::2", "fe80::1", "::ffff:10.0.0.1"])
  func `everything else does not`(text: String) throws {
    try expect(#require(IPAddress(text)).isLoopback, equals: false)
  }

  @Test func `a listener on every address is reached by loopback`() throws {
    try expect(#require(IPAddress("0.0.0.0")).reachableLocally, equals: .loopbackV4)
    try expect(#require(IPAddress("::")).reachableLocally, equals: .loopbackV6)
    let other = try #require(IPAddress("10.1.2.3"))
    expect(other.reachableLocally, equals: other)
  }

  @Test func `is written as it is read`() throws {
    for text in ["10.0.0.255", "::1", "fe80:0:0:0:0:0:0:1"] {
      let address = try #require(IPAddress(text))
      expect(address.description, equals: text)
      expect(IPAddress(address.description), equals: address)
    }
    expect("\(SocketAddress.tcp(.loopbackV6, port: 9229))", equals: "[::1]:9229")
    expect("\(SocketAddress.tcp(.loopbackV4, port: 9229))", equals: "127.0.0.1:9229")
  }
}

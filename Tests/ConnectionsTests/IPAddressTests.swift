import Connections
import Testing

struct IPAddressTests {
  @Test func `numbers are addresses and names are not`() {
    #expect(IPAddress("127.0.0.1")?.bytes == [127, 0, 0, 1])
    #expect(IPAddress("::1") == .loopbackV6)
    #expect(IPAddress("localhost") == .loopbackV4)
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
    #expect(try #require(IPAddress(text)).isLoopback == false)
  }

  @Test func `a listener on every address is reached by loopback`() throws {
    #expect(try #require(IPAddress("0.0.0.0")).reachableLocally == .loopbackV4)
    #expect(try #require(IPAddress("::")).reachableLocally == .loopbackV6)
    let other = try #require(IPAddress("10.1.2.3"))
    #expect(other.reachableLocally == other)
  }

  @Test func `is written as it is read`() throws {
    for text in ["10.0.0.255", "::1", "fe80:0:0:0:0:0:0:1"] {
      let address = try #require(IPAddress(text))
      #expect(address.description == text)
      #expect(IPAddress(address.description) == address)
    }
    #expect("\(SocketAddress.tcp(.loopbackV6, port: 9229))" == "[::1]:9229")
    #expect("\(SocketAddress.tcp(.loopbackV4, port: 9229))" == "127.0.0.1:9229")
  }
}

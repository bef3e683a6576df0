import Connections
import Glibc
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

  @Test func `an address in another network namespace is another one`() throws {
    let namespace = try #require(NetworkNamespace(link: "net:[4026532281]", processID: 7))
    let here = SocketAddress.tcp(.loopbackV4, port: 9229)
    let there = try #require(here.moved(to: namespace))

    expect("\(there)", equals: "127.0.0.1:9229 in net:[4026532281]")
    #expect(there != here)
    expect(there.inside, equals: here)
    #expect(there.isLocal)
    expect(SocketAddress.unix(path: "/a").moved(to: namespace), equals: nil)
    for link in ["", "pid:[1]", "net:[x]", "net:[1"] {
      #expect(NetworkNamespace(link: link, processID: 7) == nil)
    }
  }

  @Test func `a namespace that is not that of the process is not entered`() async throws {
    let ours = try #require(NetworkNamespace(link: "net:[1]", processID: getpid()))
    let address = SocketAddress.namespacedTCP(.loopbackV4, port: 9, ours)
    await #expect(throws: SocketError.self) {
      try await SocketConnection.connect(to: address, until: .now + .seconds(1))
    }
  }
}

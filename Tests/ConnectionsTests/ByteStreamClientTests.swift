@testable import Connections
import TestSupport
import Testing

struct ByteStreamClientTests {
  private func gather(_ client: ByteStreamClient, count: Int) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let outcome = try await client.receive(until: .soon, isolation: nil) { piece in
        guard case .bytes(let part) = piece else { return }
        bytes += part
      }
      guard outcome == .received else { break }
    }
    return bytes
  }

  @Test func `bytes go there and come back as they are`() async throws {
    let server = try ScriptedServer { connection in
      try await connection.write("4:[42]")
      let question = try await connection.readText(endingWith: "}")
      try await connection.write(question)
    }
    let client = try await ByteStreamClient.connect(to: server.address, until: .soon)
    try await expect(gather(client, count: 6), equals: Array("4:[42]".utf8))
    try await client.send(Array("2:{}".utf8), isolation: nil)
    try await expect(gather(client, count: 4), equals: Array("2:{}".utf8))
    let end = try await client.receive(until: .soon, isolation: nil) { _ in }
    expect(end, equals: .closed(code: nil))
  }

  @Test func `much comes whole`() async throws {
    let much = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let server = try ScriptedServer { try await $0.write(much, until: .soon) }
    let client = try await ByteStreamClient.connect(to: server.address, until: .soon)
    try await expect(gather(client, count: much.count), equals: much)
  }

  @Test func `silence ends at the deadline, and a call from elsewhere ends it at once`()
    async throws
  {
    let server = try ScriptedServer { _ = try await $0.readSome() }
    let client = try await ByteStreamClient.connect(to: server.address, until: .soon)
    let early = ContinuousClock.now + .milliseconds(20)
    try await expect(client.receive(until: early, isolation: nil) { _ in }, equals: .timedOut)
    client.connection.wake()
    try await expect(client.receive(until: .soon, isolation: nil) { _ in }, equals: .woken)
    client.close()
  }

  @Test func `another host is not connected to`() async throws {
    let elsewhere = SocketAddress.tcp(try #require(IPAddress("192.0.2.1")), port: 6_000)
    await #expect(throws: SocketError.self) {
      _ = try await ByteStreamClient.connect(to: elsewhere, until: .soon)
    }
  }
}

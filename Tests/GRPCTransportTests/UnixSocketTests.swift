import Foundation
import GRPCTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct UnixSocketTests {
  private func makeServer(_ path: String, _ queue: CompletionQueue) throws -> Server {
    try Server(
      [.echo: .echo],
      listen: [(.unix(path: path), .insecureLocalOnly)],
      queues: [queue]
    )
  }

  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func `calls go over a socket that only its owner can use, and it is removed`() async throws
  {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/made/for/us/collector.sock"
    let queue = CompletionQueue()
    do {
      let server = try makeServer(path, queue)
      expect(server.boundPorts, equals: [0])
      expect(server.boundAddresses, equals: [.unix(path: path)])
      expect(mode("\(folder.path)/made"), equals: 0o700)
      expect(mode("\(folder.path)/made/for/us"), equals: 0o700)
      expect(mode(path) & 0o077, equals: 0)

      let channel = try Channel("unix:\(path)", credentials: .insecure, queue: queue)
      let answer = try await channel.unary(.echo, Payload(text: "over a file"))
      expect(answer.text, equals: "over a file")
      await server.shutdown(grace: .seconds(1))
      try expect(
        FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/made/for/us"),
        equals: []
      )
    }
    await queue.shutdown()
  }

  @Test func `a second server on the same path is refused and the first lives on`() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/collector.sock"
    let queue = CompletionQueue()
    do {
      let server = try makeServer(path, queue)
      let error = #expect(throws: TransportError.self) { try makeServer(path, queue) }
      expect(error?.code, equals: .addressInUse)
      expect(error?.message, equals: "Another server is listening on unix:\(path).")

      let channel = try Channel("unix:\(path)", credentials: .insecure, queue: queue)
      let answer = try await channel.unary(.echo, Payload(text: "undisturbed"))
      expect(answer.text, equals: "undisturbed")
      await server.shutdown(grace: .seconds(1))

      let successor = try makeServer(path, queue)
      await successor.shutdown(grace: .zero)
      try expect(folder.contents(), equals: [])
    }
    await queue.shutdown()
  }

  @Test func `a socket that a dead server left is replaced`() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/collector.sock"
    let queue = CompletionQueue()
    do {
      let dead = try ListeningSocket(path: path)
      dead.close()
      try expect(folder.contents(), equals: ["collector.sock"])

      let server = try makeServer(path, queue)
      let channel = try Channel("unix:\(path)", credentials: .insecure, queue: queue)
      try await expect(channel.unary(.echo, Payload(text: "x")).count, equals: 1)
      await server.shutdown(grace: .zero)
    }
    await queue.shutdown()
  }

  @Test func `a live socket of another program is left alone`() async throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/collector.sock"
    let other = try ListeningSocket(path: path)
    let queue = CompletionQueue()
    let error = #expect(throws: TransportError.self) { try makeServer(path, queue) }
    expect(error?.code, equals: .addressInUse)
    // Neither taken over nor removed; and no lock is left.
    try expect(folder.contents(), equals: ["collector.sock"])
    other.close()
    await queue.shutdown()
  }

  @Test func `a file in the place of the socket is left alone`() async throws {
    let folder = try TemporaryFolder()
    try folder.write("precious", to: "collector.sock")
    let queue = CompletionQueue()
    let error = #expect(throws: TransportError.self) {
      try makeServer("\(folder.path)/collector.sock", queue)
    }
    expect(error?.code, equals: .unsafeSocket)
    try expect(folder.read("collector.sock"), equals: "precious")
    try expect(folder.contents(), equals: ["collector.sock"])
    await queue.shutdown()
  }

  @Test func `a folder in which others could replace the socket is refused`() async throws {
    let folder = try TemporaryFolder()
    chmod(folder.path, 0o777)
    let queue = CompletionQueue()
    let error = #expect(throws: TransportError.self) {
      try makeServer("\(folder.path)/collector.sock", queue)
    }
    expect(error?.code, equals: .unsafeSocket)
    expect(error?.message.contains("chmod 700"), equals: true)
    try expect(folder.contents(), equals: [])

    // With the sticky bit, as /tmp has it, nobody can.
    chmod(folder.path, 0o1777)
    let server = try makeServer("\(folder.path)/collector.sock", queue)
    await server.shutdown(grace: .zero)
    await queue.shutdown()
  }

  @Test func `a path that is too long is refused with its length`() async throws {
    let queue = CompletionQueue()
    let path = "/tmp/" + String(repeating: "x", count: 103)
    let error = #expect(throws: TransportError.self) { try makeServer(path, queue) }
    expect(error?.code, equals: .invalidAddress)
    expect(error?.message.contains("has 108 bytes"), equals: true)
    await queue.shutdown()
  }
}

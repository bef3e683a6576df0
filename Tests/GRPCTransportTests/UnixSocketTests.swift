import Foundation
import GRPCTransport
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
      #expect(server.boundPorts == [0])
      #expect(server.boundAddresses == [.unix(path: path)])
      #expect(mode("\(folder.path)/made") == 0o700)
      #expect(mode("\(folder.path)/made/for/us") == 0o700)
      #expect(mode(path) & 0o077 == 0)

      let channel = try Channel("unix:\(path)", credentials: .insecure, queue: queue)
      let answer = try await channel.unary(.echo, Payload(text: "over a file"))
      #expect(answer.text == "over a file")
      await server.shutdown(grace: .seconds(1))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/made/for/us") == []
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
      #expect(error?.code == .addressInUse)
      #expect(error?.message == "Another server is listening on unix:\(path).")

      let channel = try Channel("unix:\(path)", credentials: .insecure, queue: queue)
      let answer = try await channel.unary(.echo, Payload(text: "undisturbed"))
      #expect(answer.text == "undisturbed")
      await server.shutdown(grace: .seconds(1))

      let successor = try makeServer(path, queue)
      await successor.shutdown(grace: .zero)
      #expect(try folder.contents() == [])
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
      #expect(try folder.contents() == ["collector.sock"])

      let server = try makeServer(path, queue)
      let channel = try Channel("unix:\(path)", credentials: .insecure, queue: queue)
      #expect(try await channel.unary(.echo, Payload(text: "x")).count == 1)
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
    #expect(error?.code == .addressInUse)
    // Neither taken over nor removed; and no lock is left.
    #expect(try folder.contents() == ["collector.sock"])
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
    #expect(error?.code == .unsafeSocket)
    #expect(try folder.read("collector.sock") == "precious")
    #expect(try folder.contents() == ["collector.sock"])
    await queue.shutdown()
  }

  @Test func `a folder in which others could replace the socket is refused`() async throws {
    let folder = try TemporaryFolder()
    chmod(folder.path, 0o777)
    let queue = CompletionQueue()
    let error = #expect(throws: TransportError.self) {
      try makeServer("\(folder.path)/collector.sock", queue)
    }
    #expect(error?.code == .unsafeSocket)
    #expect(error?.message.contains("chmod 700") == true)
    #expect(try folder.contents() == [])

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
    #expect(error?.code == .invalidAddress)
    #expect(error?.message.contains("has 108 bytes") == true)
    await queue.shutdown()
  }
}

import Foundation
import GRPCTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ListenerTests {
  @Test func `a port that is taken is refused with the reason`() async throws {
    try await Fixture.run([.echo: .echo]) { fixture in
      let port = fixture.server.boundPorts[0]
      let error = #expect(throws: TransportError.self) {
        try Server(
          [.echo: .echo],
          listen: [(.tcp(host: "127.0.0.1", port: port), .insecureLocalOnly)],
          queues: [fixture.queue]
        )
      }
      expect(error?.code, equals: .addressInUse)
      expect(error?.message, equals: "Cannot listen on 127.0.0.1:\(port): Address already in use.")
      let answer = try await fixture.channel.unary(.echo, Payload(text: "still ours"))
      expect(answer.text, equals: "still ours")
    }
  }

  @Test func `a server that could not bind everything leaves nothing bound`() async throws {
    let folder = try TemporaryFolder()
    let queue = CompletionQueue()
    let taken = try ListeningSocket()
    let path = "\(folder.path)/s"
    #expect(throws: TransportError.self) {
      try Server(
        [:],
        listen: [
          (.unix(path: path), .insecureLocalOnly),
          (.tcp(host: "127.0.0.1", port: taken.port), .insecureLocalOnly),
        ],
        queues: [queue]
      )
    }
    // Closing goes on in the background; the queue's shutdown waits for it.
    await queue.shutdown()
    try expect(folder.contents(), equals: [])
    taken.close()
  }

  @Test func `servers that fail to bind over and over do no harm`() async throws {
    // The core reports the end of such a server before it is done with it: seen as a crash once in
    // some hundred times.
    let queue = CompletionQueue()
    let taken = try ListeningSocket()
    for _ in 0..<300 {
      #expect(throws: TransportError.self) {
        try Server(
          [:],
          listen: [
            (.tcp(host: "127.0.0.1", port: 0), .insecureLocalOnly),
            (.tcp(host: "127.0.0.1", port: taken.port), .insecureLocalOnly),
          ],
          queues: [queue]
        )
      }
    }
    await queue.shutdown()
    taken.close()
  }

  @Test func `one server listens on several addresses`() async throws {
    let folder = try TemporaryFolder()
    let queue = CompletionQueue()
    do {
      let server = try Server(
        [.echo: .echo],
        listen: [
          (.tcp(host: "localhost", port: 0), .insecureLocalOnly),
          (.unix(path: "\(folder.path)/s"), .insecureLocalOnly),
        ],
        queues: [queue]
      )
      for address in server.boundAddresses {
        let channel = try Channel(address.description, credentials: .insecure, queue: queue)
        try await expect(channel.unary(.echo, Payload(text: "hi")).count, equals: 2)
      }
      await server.shutdown(grace: .zero)
    }
    await queue.shutdown()
  }

  @Test func `the limit of descriptors is raised as far as it goes`() {
    let raised = DescriptorLimit.raise()
    #expect(raised.soft == min(raised.hard, 1 << 20) || raised.soft > 1 << 20)
    expect(DescriptorLimit.current, equals: raised)
  }

  @Test func `a limit that is too low for the fleet says what to do`() {
    let limit = DescriptorLimit(soft: 8095, hard: 8095)
    expect(DescriptorLimit.needed(forAgents: 1000), equals: 8096)
    #expect(limit.shortage(forAgents: 999) == nil)
    let sentence = limit.shortage(forAgents: 1000) ?? ""
    #expect(sentence.contains("8095") && sentence.contains("LimitNOFILE=8096"))
    #expect(sentence.contains("--max-agents to 999"))
    #expect(limit.shortage(forAgents: .max) != nil)
  }
}

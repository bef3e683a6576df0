@testable import Connections
import Glibc
import Synchronization
import TestSupport
import Testing

struct SocketConnectionTests {
  /// A server that keeps what it is given open until the test ends.
  private func silentServer() throws -> ScriptedServer {
    try ScriptedServer { _ in try await Task.sleep(for: .seconds(60)) }
  }

  private func connect(to server: ScriptedServer) async throws -> SocketConnection {
    try await SocketConnection.connect(to: server.address, until: .soon)
  }

  @Test func `what one side writes the other reads`() async throws {
    let server = try ScriptedServer { connection in
      while case let bytes = try await connection.readSome(), bytes.isEmpty == false {
        try await connection.write(bytes, until: .soon)
      }
    }
    let connection = try await connect(to: server)

    try await connection.write("hello\n")
    try await expect(connection.readText(endingWith: "\n"), equals: "hello\n")
  }

  @Test func `a writer waits for a slow reader and loses nothing`() async throws {
    let count = 3 << 20
    let server = try ScriptedServer { connection in
      try await Task.sleep(for: .milliseconds(100))
      var received = 0
      var sum: UInt64 = 0
      while received < count {
        let bytes = try await connection.readSome()
        received += bytes.count
        sum = bytes.reduce(sum) { $0 &+ UInt64($1) }
      }
      try await connection.write("\(sum)\n")
    }
    let connection = try await connect(to: server)
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }

    try await connection.write(bytes, until: .soon)
    let sum = bytes.reduce(UInt64(0)) { $0 &+ UInt64($1) }
    try await expect(connection.readText(endingWith: "\n"), equals: "\(sum)\n")
  }

  @Test func `a reader that takes nothing is given up in time`() async throws {
    let server = try silentServer()
    let connection = try await connect(to: server)
    let error = await #expect(throws: SocketError.self) {
      let bytes = [UInt8](repeating: 0, count: 8 << 20)
      try await connection.write(bytes, until: .now + .milliseconds(100))
    }
    expect(error?.code, equals: .timedOut)
  }

  @Test func `nobody listening is told apart from a system failure`() async throws {
    for address in [SocketAddress.unix(path: "/nonexistent/a.sock"), .tcp(.loopbackV4, port: 1)] {
      let error = await #expect(throws: SocketError.self) {
        try await SocketConnection.connect(to: address, until: .soon)
      }
      expect(error?.code, equals: .unreachable, "\(address)")
    }
    let long = SocketAddress.unix(path: "/tmp/" + String(repeating: "x", count: 103))
    let error = await #expect(throws: SocketError.self) {
      try await SocketConnection.connect(to: long, until: .soon)
    }
    expect(error?.code, equals: .system)
  }

  @Test func `a deadline, a wake, a cancellation and a close each end a wait`() async throws {
    let server = try silentServer()
    let connection = try await connect(to: server)

    try await expect(
      connection.waitUntilReadable(until: .now + .milliseconds(20)),
      equals: .timedOut
    )

    let wakened = Task { try await connection.waitUntilReadable(until: .soon) }
    try await Task.sleep(for: .milliseconds(20))
    connection.wake()
    try await expect(wakened.value, equals: .woken)

    let cancelled = Task { try await connection.waitUntilReadable(until: .soon) }
    try await Task.sleep(for: .milliseconds(20))
    cancelled.cancel()
    await #expect(throws: CancellationError.self) { try await cancelled.value }

    let closed = Task { try await connection.waitUntilReadable(until: nil) }
    try await Task.sleep(for: .milliseconds(20))
    connection.close()
    let error = await #expect(throws: SocketError.self) { try await closed.value }
    expect(error?.code, equals: .closed)
  }

  @Test func `a wake before the wait is not lost, and counts once`() async throws {
    let server = try silentServer()
    let connection = try await connect(to: server)
    connection.wake()
    connection.wake()
    try await expect(connection.waitUntilReadable(until: .soon), equals: .woken)
    try await expect(
      connection.waitUntilReadable(until: .now + .milliseconds(20)),
      equals: .timedOut
    )
  }

  @Test func `a task that is cancelled already does not wait`() async throws {
    let server = try silentServer()
    let connection = try await connect(to: server)
    let task = Task {
      while Task.isCancelled == false { await Task.yield() }
      return try await connection.waitUntilReadable(until: nil)
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `the nearest of many deadlines is kept`() async throws {
    let server = try silentServer()
    let connection = try await connect(to: server)
    let other = try await connect(to: server)
    let long = Task { try await other.waitUntilReadable(until: .now + .seconds(30)) }
    try await Task.sleep(for: .milliseconds(20))
    let start = ContinuousClock.now
    try await expect(
      connection.waitUntilReadable(until: .now + .milliseconds(50)),
      equals: .timedOut
    )
    #expect(ContinuousClock.now - start < .seconds(10))
    long.cancel()
    _ = await long.result
  }

  @Test func `a peer that has gone is an error and no signal`() async throws {
    let server = try ScriptedServer { $0.close() }
    let connection = try await connect(to: server)
    let error = await #expect(throws: SocketError.self) {
      for _ in 0..<1_000 {
        try await connection.write("x")
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    expect(error?.code, equals: .closed)
  }

  @Test func `what is closed stays closed`() async throws {
    let server = try silentServer()
    let connection = try await connect(to: server)
    connection.close()
    connection.close()
    let error = await #expect(throws: SocketError.self) { try await connection.write("x") }
    expect(error?.code, equals: .closed)
  }

  @Test func `the kernel says who the peer is`() async throws {
    let peer = Mutex<Int32?>(nil)
    let server = try ScriptedServer { connection in
      let process = try connection.peerProcess()
      peer.withLock { $0 = process }
      try await connection.write(".")
    }
    let connection = try await connect(to: server)
    _ = try await connection.readText(endingWith: ".")
    #expect(peer.withLock { $0 } == getpid())
  }

  @Test func `a listener's path must be free, and is removed at the end`() async throws {
    let path = "/tmp/retinue-test-\(UInt64.random(in: 0...UInt64.max)).sock"
    let listener = try UnixListener(path: path)
    #expect(throws: SocketError.self) { try UnixListener(path: path) }
    let accepting = Task { try await listener.accept() }
    try await Task.sleep(for: .milliseconds(20))
    listener.close()
    let error = await #expect(throws: SocketError.self) { try await accepting.value }
    expect(error?.code, equals: .closed)
    #expect(access(path, F_OK) != 0)
  }

  @Test func `connections opened and closed by many tasks at once disturb nobody`() async throws {
    let server = try ScriptedServer { connection in
      while case let bytes = try await connection.readSome(), bytes.isEmpty == false {
        try await connection.write(bytes, until: .soon)
      }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<16 {
        group.addTask {
          for round in 0..<20 {
            let connection = try await connect(to: server)
            let text = "\(task) \(round)\n"
            try await connection.write(text)
            try await expect(connection.readText(endingWith: "\n"), equals: text)
            connection.close()
          }
        }
      }
      try await group.waitForAll()
    }
  }
}

import Foundation
import GRPCTransport
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ListenerProbeTests {
  @Test func `a listener that answers is left in peace`() async throws {
    let folder = try TemporaryFolder()
    let queue = CompletionQueue()
    let server = try Server(
      [:],
      listen: [
        (.tcp(host: "127.0.0.1", port: 0), .insecureLocalOnly),
        (.unix(path: "\(folder.path)/s"), .insecureLocalOnly),
      ],
      queues: [queue]
    )
    let verdicts = Shared<[String]>([])
    let probes = try server.boundAddresses.map { address in
      try quickProbe(address) { sentence in verdicts.change { $0.append(sentence) } }
    }
    try await Task.sleep(for: .seconds(2))
    expect(verdicts.value, equals: [])
    for probe in probes { probe.stop() }
    await server.shutdown(grace: .zero)
    await queue.shutdown()
  }

  @Test(.enabled(if: Certificates.isPossible))
  func `a listener with TLS answers without knowing us`() async throws {
    let certificates = try await Certificates.shared.value
    let queue = CompletionQueue()
    let server = try Server(
      [:],
      listen: [
        (
          .tcp(host: "0.0.0.0", port: 0),
          .mutualTLS(certificates.server, clientRoots: certificates.roots)
        )
      ],
      queues: [queue]
    )
    let verdicts = Shared<[String]>([])
    let probe = try quickProbe(server.boundAddresses[0], isTLS: true) { sentence in
      verdicts.change { $0.append(sentence) }
    }
    try await Task.sleep(for: .seconds(2))
    expect(verdicts.value, equals: [])
    probe.stop()
    await server.shutdown(grace: .zero)
    await queue.shutdown()
  }

  @Test(arguments: [false, true])
  func `a socket that accepts nothing is dead after two misses`(isTLS: Bool) async throws {
    let silent = try ListeningSocket()
    let verdict = Shared<String?>(nil)
    let start = ContinuousClock.now
    let address = ListenAddress.tcp(host: "127.0.0.1", port: silent.port)
    let probe = try quickProbe(address, isTLS: isTLS) { verdict.value = $0 }
    try await eventually { verdict.value != nil }
    #expect(ContinuousClock.now - start >= .milliseconds(300))
    expect(
      verdict.value?.hasPrefix("The listener on \(address) did not answer 2 times"),
      equals: true
    )
    probe.stop()
    silent.close()
  }

  @Test func `nobody at all is dead too`() async throws {
    let closed = try ListeningSocket()
    closed.close()
    let verdict = Shared<String?>(nil)
    let address = ListenAddress.tcp(host: "127.0.0.1", port: closed.port)
    let probe = try quickProbe(address) { verdict.value = $0 }
    try await eventually { verdict.value != nil }
    expect(verdict.value?.contains("Connection refused"), equals: true)
    probe.stop()
  }

  @Test func `a probe that is stopped ends in the middle of an attempt`() async throws {
    let silent = try ListeningSocket()
    let address = ListenAddress.tcp(host: "127.0.0.1", port: silent.port)
    let verdict = Shared<String?>(nil)
    var probe: ListenerProbe? = try ListenerProbe(
      address,
      isTLS: false,
      interval: .milliseconds(50),
      timeout: .seconds(300),
      misses: 1
    ) { verdict.value = $0 }
    // Its thread keeps it, so it is gone when the thread is.
    weak let running = probe
    try await Task.sleep(for: .milliseconds(200))
    probe?.stop()
    probe = nil
    try await eventually { running == nil }
    #expect(verdict.value == nil)
    silent.close()
  }

  /// Row 21 of the reliability matrix in one process: when `accept` meets the descriptor limit, the
  /// core's listener is dead for good, though all connections are closed again. (The live form,
  /// with `prlimit` on a running `retinue collector` and its supervisor, is an end-to-end test.)
  @Test func `running out of descriptors kills the listener, and the probe ends the process`()
    async throws
  {
    await #expect(processExitsWith: .exitCode(3)) {
      let (server, connections) = try exhaustDescriptors()
      for connection in connections { close(connection) }
      // Only now: the listener stays dead although there is room again.
      let probe = try quickProbe(server.boundAddresses[0]) { _ in exit(3) }
      sleep(10)
      probe.stop()
    }
  }

  @Test func `a probe that gets no descriptor counts that as a miss`() async throws {
    await #expect(processExitsWith: .exitCode(3)) {
      let silent = try ListeningSocket()
      let address = ListenAddress.tcp(host: "127.0.0.1", port: silent.port)
      let probe = try quickProbe(address) { sentence in
        // At once: what runs at a usual exit may want to open files.
        _exit(sentence.contains("no socket for the probe") ? 3 : 4)
      }
      // From here on nobody can open anything, whatever was closed before.
      var limit = rlimit(rlim_cur: 0, rlim_max: 0)
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
      sleep(10)
      probe.stop()
    }
  }
}

/// A server in a process of few descriptors whose connections have taken all of them.
private func exhaustDescriptors() throws -> (Server, [Int32]) {
  var limit = rlimit(rlim_cur: 128, rlim_max: 128)
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  let server = try loopbackServer([.echo: .echo], CompletionQueue())
  // Each of our connections takes two descriptors, so accepting fails before connecting does.
  var connections: [Int32] = []
  while let connection = connectOnce(port: server.boundPorts[0]) {
    connections.append(connection)
  }
  // Not `Task.sleep`: the runtime's timers take descriptors of their own, and trap without.
  usleep(500_000)
  return (server, connections)
}

private func quickProbe(
  _ address: ListenAddress,
  isTLS: Bool = false,
  whenDead: @escaping @Sendable (String) -> Void
) throws -> ListenerProbe {
  try ListenerProbe(
    address,
    isTLS: isTLS,
    interval: .milliseconds(200),
    timeout: .seconds(1),
    whenDead: whenDead
  )
}

/// A plain connection, nil when there are no descriptors for one.
private func connectOnce(port: Int) -> Int32? {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  guard descriptor >= 0 else { return nil }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
  let size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let connected = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
  }
  guard connected == 0 else {
    close(descriptor)
    return nil
  }
  return descriptor
}

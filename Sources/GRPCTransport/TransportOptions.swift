/// The limits and times of a channel or a server.
///
/// The defaults are the contract's.
///
/// Where they come from: `facts/grpc.md` 3.4 measured what a reader that stalls costs under each
/// of these; messages of 2 MiB and metadata of 8 KiB are the protocol's own bounds.
package struct TransportOptions: Sendable {
  /// A ping that is not answered ends the connection, so that a peer that vanished is noticed.
  package struct Keepalive: Sendable {
    /// Silence after which a ping is sent, while calls are open.
    package var interval: Duration
    /// How long the answer may take.
    package var timeout: Duration

    package init(interval: Duration, timeout: Duration) {
      self.interval = interval
      self.timeout = timeout
    }
  }

  /// How a channel reconnects.
  ///
  /// Each wait is 1.6 times the one before, give or take a fifth.
  package struct Backoff: Sendable {
    package var initial: Duration
    package var maximum: Duration
    /// How long one attempt to connect may take, TLS included.
    package var connectTimeout: Duration

    package init(initial: Duration, maximum: Duration, connectTimeout: Duration = .seconds(10)) {
      self.initial = initial
      self.maximum = maximum
      self.connectTimeout = connectTimeout
    }
  }

  // MARK: Both sides

  /// A larger message that arrives ends its call with RESOURCE_EXHAUSTED; the connection lives on.
  package var maxReceiveMessage = 2 << 20
  /// A larger message is refused before it is sent.
  package var maxSendMessage = 2 << 20
  /// All metadata of a call together, in bytes.
  package var maxMetadata = 8 << 10
  /// Bytes that a stream may have under way before its reader reads.
  ///
  /// Memory that one stalled stream can cost, and throughput of one stream is at most `window` per
  /// round trip.
  package var window = 256 << 10
  package var keepalive: Keepalive? = Keepalive(interval: .seconds(30), timeout: .seconds(10))
  /// Memory for all buffers of the channel or server together; nil for no bound.
  package var memoryQuota: Int? = 256 << 20

  // MARK: Client

  package var reconnect = Backoff(initial: .milliseconds(500), maximum: .seconds(30))
  /// Whether the proxy variables of the environment are honoured.
  package var httpProxy = false
  /// The name the server's certificate must be for, where it is not the host of the target.
  package var serverName: String?

  // MARK: Server

  /// Calls that one connection may have open; further ones wait at the client.
  package var maxConcurrentStreams = 64
  /// Calls of all connections that may have a handler at once; further ones are refused with
  /// RESOURCE_EXHAUSTED, without a task.
  package var maxActiveCalls = 8192
  /// Connections are closed at this age (give or take a tenth) so that clients spread anew over
  /// servers.
  ///
  /// Open calls then have `connectionGrace` to end; resuming is the normal case.
  package var maxConnectionAge: Duration? = .seconds(30 * 60)
  package var connectionGrace: Duration = .seconds(60)
  /// Time for the TLS and HTTP/2 handshake of a new connection.
  package var handshakeTimeout: Duration = .seconds(10)
  /// Allows a second server on the same TCP port, which then silently shares its connections.
  package var reusePort = false

  package init() {}
}

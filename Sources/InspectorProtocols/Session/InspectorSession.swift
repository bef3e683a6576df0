package import HeapModel

/// A conversation with one runtime's inspector: told what arrived, it answers what to do.
///
/// No socket, clock or disk is inside. The owner connects a WebSocket (`InspectorProtocol.handshakeFields`), calls `start`, and from
/// then on tells the session everything that happens; after each such call it takes out actions
/// with `nextAction` until there is none, and performs them in order. It calls `tick` at `deadline`
/// at the latest. After `.letGo` it closes the socket and drops the session.
///
/// Requests are answered each by exactly one final action that carries their id: the result, or
/// `.failed`. One request runs at a time; a few more wait in a queue.
package protocol InspectorSession: Sendable {
  /// What the target can be asked for right now; empty until `.attached`.
  var capabilities: Capabilities { get }

  /// The elapsed time at which `tick` must be called if nothing happens before; nil if never.
  var deadline: Duration? { get }

  /// The socket is open: says what must be said first.
  mutating func start(at now: Moment)

  mutating func receivedMessageBegin()
  /// The next bytes of the message, cut anywhere.
  mutating func receivedBytes(_ bytes: UnsafeRawBufferPointer, at now: Moment)
  mutating func receivedMessageEnd(at now: Moment)

  /// The socket is closed, by whomever. Ends all requests and the session.
  mutating func receivedClose(at now: Moment)

  /// Time has passed.
  mutating func tick(at now: Moment)

  /// Asks for something; see `SessionRequest`.
  ///
  /// - Parameter id: chosen by the caller, who gets it back with the answer
  mutating func request(_ request: SessionRequest, id: SessionRequest.ID, at now: Moment)

  /// The next thing to do; nil if there is nothing now.
  mutating func nextAction() -> SessionAction?
}

/// How to begin a session with each runtime.
package enum InspectorProtocol {
  /// Header fields that the WebSocket's handshake needs beside the standard ones.
  package static func handshakeFields(for runtime: RuntimeKind) -> [String: String] {
    // Without it a Bun program that comes to its natural end hangs until we leave.
    runtime == .bun ? ["Ref-Event-Loop": "0"] : [:]
  }

  /// A session that speaks the runtime's protocol; nil where we do not speak it.
  package static func session(
    for runtime: RuntimeKind,
    options: SessionOptions
  ) -> (any InspectorSession)? {
    switch runtime {
    case .node: CDPSession(options: options)
    case .bun: JSCSession(options: options)
    case .deno, .workerd, .firefox, .chromium, .webKitGTK: nil
    }
  }
}

package import HeapModel

/// Names a heap among those that one connection reaches; never used again for another.
///
/// Most inspectors have one heap. Behind Node's are those of worker threads, behind a browser's
/// those of its pages and their workers.
package struct HeapNumber: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let rawValue: UInt32

  package init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The heap that was connected to.
  ///
  /// A browser as such has none, and offers no capability under this number.
  package static let main = HeapNumber(rawValue: 0)

  package static func < (a: HeapNumber, b: HeapNumber) -> Bool { a.rawValue < b.rawValue }

  package var description: String { "heap \(rawValue)" }
}

/// A conversation with one inspector: told what arrived, it answers what to do.
///
/// No socket, clock or disk is inside. The owner connects (`InspectorProtocol.handshakeFields`), calls
/// `start`, and from then on tells the conversation everything that happens; after each such call
/// it takes out actions with `nextAction` until there is none, and performs them in order. It calls
/// `tick` at `deadline` at the latest. After `.letGo` of the main heap it closes the socket and
/// drops the conversation.
///
/// Requests are answered each by exactly one final action that carries their id: the result, or
/// `.failed`. For each heap one request runs at a time; a few more wait in a queue.
package protocol InspectorConversation: Sendable {
  /// What a heap can be asked for right now; empty until `.attached`.
  func capabilities(of heap: HeapNumber) -> Capabilities

  /// The elapsed time at which `tick` must be called if nothing happens before; nil if never.
  var deadline: Duration? { get }

  /// The socket is open: says what must be said first.
  mutating func start(at now: Moment)

  mutating func receivedMessageBegin()
  /// The next bytes of the message, cut anywhere.
  mutating func receivedBytes(_ bytes: UnsafeRawBufferPointer, at now: Moment)
  mutating func receivedMessageEnd(at now: Moment)

  /// Something came of a file that was asked for on behalf of this request (`.readFile`).
  mutating func receivedFile(
    _ news: FileNews,
    for id: SessionRequest.ID,
    of heap: HeapNumber,
    at now: Moment
  )

  /// The socket is closed, by whomever. Ends all requests and the conversation.
  mutating func receivedClose(at now: Moment)

  /// Time has passed.
  mutating func tick(at now: Moment)

  /// Asks for something; see `SessionRequest`.
  ///
  /// `.detach` of the main heap leaves all of them, each without a trace.
  ///
  /// - Parameter id: chosen by the caller, who gets it back with the answer; the same for no other
  ///   request of this conversation
  mutating func request(
    _ request: SessionRequest,
    of heap: HeapNumber,
    id: SessionRequest.ID,
    at now: Moment
  )

  /// Whether somebody else is connected to the same inspector, as far as the owner can see.
  ///
  /// What is shared by all its clients is then left alone: what a program printed, and object ids.
  mutating func noticed(company: Bool)
  /// Whether each reading takes something away that the inspector's clients share.
  var tidiesWithReadings: Bool { get }

  /// The next thing to do; nil if there is nothing now.
  mutating func nextAction() -> HeapAction?
}

extension InspectorConversation {
  /// For inspectors that share nothing, take one client, or tell of others themselves.
  package mutating func noticed(company: Bool) {}
  package var tidiesWithReadings: Bool { false }

  /// For inspectors that send everything.
  package mutating func receivedFile(
    _ news: FileNews,
    for id: SessionRequest.ID,
    of heap: HeapNumber,
    at now: Moment
  ) {}
}

/// An action, and the heap that it is about.
package struct HeapAction: Hashable, Sendable {
  package var heap: HeapNumber
  package var action: SessionAction

  package init(_ heap: HeapNumber, _ action: SessionAction) {
    self.heap = heap
    self.action = action
  }
}

/// How to begin a conversation with each runtime.
package enum InspectorProtocol {
  /// What comes before the conversation.
  package enum Approach: Hashable, Sendable {
    /// HTTP tells who is there (`/json/version`) and what there is (`/json/list`); what is said then
    /// are messages of a WebSocket.
    case announced
    /// The same, and what HTTP lists are several programs: each has a conversation of its own.
    case announcedPrograms
    /// HTTP has a page of what there is (`/`), asked anew before each connection; each has a
    /// WebSocket of its own, and only one client may have it.
    case webKitList
    /// The first bytes are the protocol's own.
    case direct
  }

  /// Whether a process's inspector has a list of programs, and a conversation with each.
  package static func listsPrograms(_ runtime: RuntimeKind) -> Bool {
    switch approach(to: runtime) {
    case .announcedPrograms, .webKitList: true
    case .announced, .direct: false
    }
  }

  package static func approach(to runtime: RuntimeKind) -> Approach {
    switch runtime {
    case .node, .deno, .bun, .chromium: .announced
    case .workerd: .announcedPrograms
    case .webKitGTK: .webKitList
    case .firefox: .direct
    }
  }

  /// Whether its inspector, or a proxy before it, speaks with one client at a time.
  ///
  /// Who we are connected beside is then no developer: the tool that the proxy belongs to, or a
  /// client of another page.
  package static func takesOneClient(_ runtime: RuntimeKind) -> Bool {
    runtime == .workerd || runtime == .webKitGTK
  }

  /// Whether whoever leaves its inspector switches off what all others have switched on there.
  package static func leavingIsFelt(by runtime: RuntimeKind) -> Bool { runtime == .bun }

  /// Header fields that the WebSocket's handshake needs beside the standard ones.
  package static func handshakeFields(for runtime: RuntimeKind) -> [String: String] {
    // Without it a Bun program that comes to its natural end hangs until we leave.
    runtime == .bun ? ["Ref-Event-Loop": "0"] : [:]
  }

  /// A conversation in the runtime's protocol.
  package static func conversation(
    with runtime: RuntimeKind,
    options: SessionOptions
  ) -> any InspectorConversation {
    switch runtime {
    case .node, .deno, .chromium, .workerd:
      DialectConversation(options: options) { options, heap in
        CDPDialect(runtime, options: options, heap: heap)
      }
    case .bun:
      DialectConversation(options: options) { options, heap in
        JSCDialect(runtime, options: options, heap: heap)
      }
    case .webKitGTK: WebKitConversation(options: options)
    case .firefox: FirefoxConversation(options: options)
    }
  }
}

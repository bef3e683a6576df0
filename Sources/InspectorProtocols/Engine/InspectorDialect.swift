internal import HeapModel

/// What distinguishes one inspector protocol from another; the rest is `DialectSession`.
///
/// A dialect keeps what a session knows of its target from one request to the next.
protocol InspectorDialect: Sendable {
  associatedtype Command: InspectorCommand

  static var places: MessageReader.Places { get }

  /// What the target can be asked for, as far as that is known.
  var capabilities: Capabilities { get }
  /// The runtime's own name of the heap, which several sessions can turn out to have in common;
  /// empty where it has none.
  var isolate: String { get }

  /// The first things to say; when it finishes, the session stands.
  func attachment() -> any SessionOperation<Self>
  /// Everything that has to be undone before we leave.
  func detachment() -> any SessionOperation<Self>
  /// What carries out a request.
  func operation(
    for request: SessionRequest,
    id: SessionRequest.ID
  ) throws(SessionFailure) -> any SessionOperation<Self>

  /// Something that is due without being asked for, and when it will be.
  var nextDuty: (at: Duration, operation: any SessionOperation<Self>)? { get }

  /// Something came from the other side, for whichever heap.
  mutating func heard(at now: Moment)
  /// An event that no operation waits for.
  mutating func received(_ event: IncomingMessage, at now: Moment) -> [SessionStep<Command>]
  /// Whether this message says that the program ends and waits for us.
  func announcesExit(_ message: IncomingMessage) -> Bool

  /// A command goes out as the call of this number: for protocols whose replies do not carry it.
  mutating func sent(_ command: Command, id: Int64)

  /// The inspector calls this heap something else from now on.
  mutating func retitle(_ title: String)

  /// Whether somebody else is connected to the same inspector.
  mutating func noticed(company: Bool)
  /// Whether each reading takes something away that all clients share.
  var tidiesWithReadings: Bool { get }

  /// Whether its collections are told by a trace of the whole connection alone: its main heap is
  /// asked to take one, by the requests that open and close a window.
  var isTraced: Bool { get }
  /// The trace that the main heap has finished, once.
  mutating func takeTrace() -> CollectionTrace?
  /// What a trace tells of this heap, in whose window it was taken; the window is over.
  mutating func collections(
    in trace: CollectionTrace
  ) throws(SessionFailure) -> [CollectionActivity]

  /// What a message says about other heaps of this connection.
  static func heapNews(in message: IncomingMessage) -> HeapNews?
  /// Whose message is enclosed in this one.
  static func sessionOfEnclosure(in message: IncomingMessage) -> String?
  /// The command that encloses another heap's message.
  static func enclosing(_ text: [UInt8], for heap: HeapIntroduction) -> Command?
  /// What is to be said about a heap that has appeared, to the heap that carries its messages,
  /// before anything is said to it.
  static func welcoming(_ heap: HeapIntroduction) -> Command?
  /// Whether a connection is of no use any more when one of its heaps is silent for too long.
  static var fallsSilentAsAWhole: Bool { get }
}

/// What only some protocols need.
extension InspectorDialect {
  var isolate: String { "" }
  mutating func sent(_ command: Command, id: Int64) {}
  mutating func heard(at now: Moment) {}
  mutating func retitle(_ title: String) {}
  mutating func noticed(company: Bool) {}
  var tidiesWithReadings: Bool { false }
  var isTraced: Bool { false }
  mutating func takeTrace() -> CollectionTrace? { nil }
  mutating func collections(
    in trace: CollectionTrace
  ) throws(SessionFailure) -> [CollectionActivity] { [] }
  static func heapNews(in message: IncomingMessage) -> HeapNews? { nil }
  static func sessionOfEnclosure(in message: IncomingMessage) -> String? { nil }
  static func enclosing(_ text: [UInt8], for heap: HeapIntroduction) -> Command? { nil }
  static func welcoming(_ heap: HeapIntroduction) -> Command? { nil }
  static var fallsSilentAsAWhole: Bool { false }
}

/// One thing that is done with a target: a few calls and what is to be made of the replies.
///
/// The engine sends its calls, brings it the replies in the order in which they come, and keeps
/// the time. One operation runs at a time.
protocol SessionOperation<Dialect>: Sendable {
  associatedtype Dialect: InspectorDialect
  typealias Steps = [SessionStep<Dialect.Command>]

  mutating func begin(_ dialect: inout Dialect, at now: Moment) -> Steps
  /// - Throws: what the operation fails with; the rest of its replies are dropped.
  mutating func received(
    _ reply: Reply,
    to command: Dialect.Command,
    _ dialect: inout Dialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps
  mutating func received(_ event: IncomingMessage, at now: Moment) -> Steps

  /// Whether snapshot text is to be handed on now, and what to do with it.
  var wantsSnapshotText: Bool { get }
  mutating func receivedText(_ text: [UInt8], at now: Moment) -> Steps
  /// What came of a file that it asked for.
  ///
  /// - Throws: what the operation fails with.
  mutating func received(
    _ news: FileNews,
    _ dialect: inout Dialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps
  /// Text that was handed on turned out to belong to another client's request.
  mutating func receivedStrangersText() -> Steps

  /// When the target's silence is no longer normal; nil leaves that to the engine.
  var silenceEnds: Duration? { get }
  /// What is to be undone in what the dialect knows, when the operation is cut short.
  mutating func cancelled(_ dialect: inout Dialect)
}

extension SessionOperation {
  mutating func received(_ event: IncomingMessage, at now: Moment) -> Steps { [] }
  var wantsSnapshotText: Bool { false }
  mutating func receivedText(_ text: [UInt8], at now: Moment) -> Steps { [] }
  mutating func received(
    _ news: FileNews,
    _ dialect: inout Dialect,
    at now: Moment
  ) throws(SessionFailure) -> Steps { [] }
  mutating func receivedStrangersText() -> Steps { [] }
  var silenceEnds: Duration? { nil }
  mutating func cancelled(_ dialect: inout Dialect) {}
}

/// What an operation answers.
enum SessionStep<Command: InspectorCommand>: Sendable {
  case call(Command)
  /// A call whose reply nobody waits for.
  case tell(Command)
  case report(SessionAction)
  /// The operation is over and has reported its result.
  case finish
  /// The operation is over without a result; the rest of its replies are dropped.
  case fail(SessionFailure)
  /// What was asked while attaching will not be answered, and is asked again; no step later on.
  case attachAnew
  /// The session cannot go on.
  case letGo(LetGoReason)
}

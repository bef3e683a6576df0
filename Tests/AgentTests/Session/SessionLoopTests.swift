@testable import Agent
import Connections
import HeapModel
import InspectorProtocols
import Synchronization
import TestSupport
import Testing

struct SessionLoopTests {
  /// What happened, in order, from both sides of the loop.
  private final class Course: RequestReceiver {
    private let entries = Mutex<[String]>([])

    func receive(_ action: SessionAction) {
      if case .failed(_, let failure) = action { note("failed: \(failure.message)") }
    }

    func note(_ entry: String) { entries.withLock { $0.append(entry) } }
    var told: [String] { entries.withLock { $0 } }
  }

  /// A socket that only closes.
  private final class ClosingStream: StreamClient {
    private let course: Course

    init(_ course: Course) { self.course = course }

    var connection: SocketConnection { preconditionFailure("a loop does not reach for it") }
    func send(_ message: [UInt8], isolation: isolated (any Actor)?) async throws {}
    func receive(
      until deadline: ContinuousClock.Instant?,
      isolation: isolated (any Actor)?,
      _ receive: (StreamPiece) -> Void
    ) async throws -> StreamOutcome { .closed(code: nil) }
    func close() { course.note("closed") }
  }

  /// Says at its start what it was given to say, and lets go where it is asked to or must.
  private struct Script: InspectorConversation {
    var actions: [HeapAction]
    var deadline: Duration? { nil }

    func capabilities(of heap: HeapNumber) -> Capabilities { [] }
    mutating func nextAction() -> HeapAction? { actions.isEmpty ? nil : actions.removeFirst() }
    mutating func start(at now: Moment) {}
    mutating func receivedMessageBegin() {}
    mutating func receivedBytes(_ bytes: UnsafeRawBufferPointer, at now: Moment) {}
    mutating func receivedMessageEnd(at now: Moment) {}
    mutating func receivedClose(at now: Moment) {
      actions.append(HeapAction(.main, .letGo(.targetGone)))
    }
    mutating func tick(at now: Moment) {}
    mutating func request(
      _ request: SessionRequest,
      of heap: HeapNumber,
      id: SessionRequest.ID,
      at now: Moment
    ) {
      if request == .detach { actions.append(HeapAction(.main, .letGo(.detached))) }
    }
  }

  private func run(
    _ actions: [HeapAction],
    asking requests: [SessionRequest] = [],
    isVisited: Bool = false
  ) async -> (told: [String], end: ConnectionEnd) {
    let connection = TargetConnection(
      settings: TargetConnection.Settings(
        runtime: .node,
        endpoint: InspectorEndpoint(address: .tcp(.loopbackV6, port: 9)),
        processID: 0,
        options: SessionOptions(nonce: 1),
        schedule: MetricsSchedule(interval: .seconds(10), phase: 0),
        share: 0,
        isVisited: isVisited
      )
    )
    let course = Course()
    for request in requests { connection.ask(request, course) }
    let loop = SessionLoop(
      connection: connection,
      socket: ClosingStream(course),
      conversation: Script(actions: actions)
    )
    let end = await loop.run { heap, report in
      switch report {
      case .ended: course.note("\(heap) ended")
      case .heapPassedOver: course.note("passed over")
      default: course.note("\(heap)")
      }
    }
    return (course.told, end)
  }

  @Test func `a program that ends is let go of before its threads are told of`() async {
    let threads = (1...3).map { HeapAction(HeapNumber(rawValue: $0), .letGo(.targetExiting)) }
    let (told, end) = await run(threads + [HeapAction(.main, .letGo(.targetExiting))])

    expect(told, equals: ["closed", "heap 1 ended", "heap 2 ended", "heap 3 ended"])
    expect(end, equals: .exiting)
  }

  @Test func `what is asked in the moment of the end is answered`() async {
    let (told, end) = await run([HeapAction(.main, .letGo(.targetGone))], asking: [.collectGarbage])

    expect(told, equals: ["closed", "failed: the target closed the connection"])
    expect(end, equals: .lost("the target closed the connection"))
  }

  @Test(arguments: [
    (SessionRequest.collectGarbage, ConnectionEnd.lost("the target closed the connection")),
    (.stopSampling, .detached),
  ])
  func `a visit stays until its window is asked to end, whatever else fails`(
    request: SessionRequest,
    end: ConnectionEnd
  ) async {
    let description = SessionDescription(capabilities: [], isolate: "1")
    let failure = SessionFailure(.busy, "not now")
    let course = await run(
      [
        HeapAction(.main, .attached(description)), HeapAction(.main, .samplingStarted(1)),
        HeapAction(.main, .failed(2, failure)),
      ],
      asking: [.startSampling(intervalBytes: 1 << 17), request],
      isVisited: true
    )

    expect(course.told, equals: ["heap 0", "failed: not now", "closed"])
    expect(course.end, equals: end)
  }

  @Test func `a heap beyond as many as are watched is told of`() async {
    let (told, _) = await run([
      HeapAction(.main, .heapPassedOver), HeapAction(.main, .letGo(.detached)),
    ])

    expect(told, equals: ["passed over", "closed"])
  }
}

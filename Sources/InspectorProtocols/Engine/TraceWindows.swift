internal import HeapModel

/// Which heaps of a connection have a window open in the one trace that it can have.
///
/// The first to come has the trace begun, and others may join; when the last has closed its window
/// the trace ends, and only then each gets its answer. Who comes after the first has closed comes
/// too late: else the trace would never have to end.
struct TraceWindows: Sendable {
  enum OnOpen: Hashable {
    /// Have the trace begun; the heap's turn comes when it has.
    case startTrace
    /// The trace is about to begin.
    case wait
    /// The trace runs: open the heap's window.
    case open
    case refuse(SessionFailure)
  }

  enum OnReading: Hashable {
    /// It is about something else.
    case handOn
    /// It is the last of a window, and answers when the trace is there.
    case keep
    /// It is the last of a window whose trace is over.
    case fail
  }

  /// A heap that waits, by the request that is to be answered.
  struct Waiting: Hashable {
    var heap: HeapNumber
    var id: SessionRequest.ID
    /// The last reading of a window that is closed.
    var reading: UsageReading?
  }

  private enum Trace {
    case none
    case starting
    case running
    case ending
  }

  private enum Window {
    case waiting(SessionRequest.ID)
    case opening(SessionRequest.ID)
    case open
    /// Its last reading is under way.
    case closing(SessionRequest.ID)
    /// The last reading is there; the trace is missing.
    case closed(SessionRequest.ID, UsageReading)
    /// The last reading is under way, but the trace has ended without it.
    case missed(SessionRequest.ID)

    /// What the heap's session was asked, and has not answered.
    var pending: SessionRequest.ID? {
      switch self {
      case .opening(let id), .closing(let id), .missed(let id): id
      case .waiting, .open, .closed: nil
      }
    }
  }

  private var trace = Trace.none
  private var windows: [HeapNumber: Window] = [:]

  mutating func open(_ heap: HeapNumber, _ id: SessionRequest.ID) -> OnOpen {
    guard windows[heap] == nil else {
      return .refuse(SessionFailure(.busy, "a window of collections is open there already"))
    }
    switch trace {
    case .none:
      windows[heap] = .waiting(id)
      trace = .starting
      return .startTrace
    case .starting:
      windows[heap] = .waiting(id)
      return .wait
    case .running where canBeJoined:
      windows[heap] = .opening(id)
      return .open
    case .running, .ending:
      return .refuse(SessionFailure(.busy, "another window of this browser is about to end"))
    }
  }

  private var canBeJoined: Bool {
    windows.values.allSatisfy { window in
      switch window {
      case .closing, .closed: false
      case .waiting, .opening, .open, .missed: true
      }
    }
  }

  /// The trace has begun.
  ///
  /// - Returns: whose windows are to be opened.
  mutating func started() -> [Waiting] {
    trace = .running
    let waiting = waiting
    for next in waiting { windows[next.heap] = .opening(next.id) }
    return waiting
  }

  mutating func opened(_ heap: HeapNumber) {
    if case .opening = windows[heap] { windows[heap] = .open }
  }

  /// - Returns: false where no window is open.
  mutating func close(_ heap: HeapNumber, _ id: SessionRequest.ID) -> Bool {
    guard case .open = windows[heap] else { return false }
    windows[heap] = .closing(id)
    return true
  }

  mutating func received(
    _ reading: UsageReading,
    of heap: HeapNumber,
    to id: SessionRequest.ID
  ) -> OnReading {
    switch windows[heap] {
    case .closing(id):
      windows[heap] = .closed(id, reading)
      return .keep
    case .missed(id):
      windows[heap] = nil
      return .fail
    default:
      return .handOn
    }
  }

  /// What a heap's session was asked has failed, which whoever asked is told by itself.
  mutating func failed(_ heap: HeapNumber, _ id: SessionRequest.ID) {
    if windows[heap]?.pending == id { windows[heap] = nil }
  }

  /// A heap is gone.
  ///
  /// - Returns: what nobody but us can answer.
  mutating func gone(_ heap: HeapNumber) -> SessionRequest.ID? {
    switch windows.removeValue(forKey: heap) {
    case .waiting(let id), .closed(let id, _): id
    default: nil
    }
  }

  /// Whether the trace runs for nobody any more; once it does, it is to be ended.
  mutating func endsNow() -> Bool {
    guard case .running = trace else { return false }
    for window in windows.values {
      switch window {
      case .waiting, .opening, .open, .closing: return false
      case .closed, .missed: break
      }
    }
    trace = .ending
    return true
  }

  /// The trace is complete, or there will be none.
  ///
  /// Windows that are still open have missed its end.
  ///
  /// - Returns: who waits for it.
  mutating func ended() -> [Waiting] {
    defer {
      trace = .none
      windows = windows.compactMapValues { window in
        if case .closing(let id) = window { return .missed(id) }
        if case .missed = window { return window }
        return nil
      }
    }
    return waiting
  }

  private var waiting: [Waiting] {
    windows.sorted { $0.key < $1.key }.compactMap { heap, window in
      switch window {
      case .waiting(let id): Waiting(heap: heap, id: id)
      case .closed(let id, let reading): Waiting(heap: heap, id: id, reading: reading)
      case .opening, .open, .closing, .missed: nil
      }
    }
  }
}

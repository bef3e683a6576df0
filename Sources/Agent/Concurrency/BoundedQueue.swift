internal import Synchronization

/// Hands things from one task to another, in order.
///
/// Putting never waits; who puts asks for room afterwards, so that what is already there is never
/// lost. One task takes.
final class BoundedQueue<Element: Sendable>: Sendable {
  private struct State {
    var elements: [(element: Element, cost: Int)] = []
    var cost = 0
    var isFinished = false
    var isAbandoned = false
  }

  private let costLimit: Int
  private let state = Mutex(State())
  private let arrivals = Signal()
  private let departures = Signal()

  init(costLimit: Int) {
    self.costLimit = costLimit
  }

  func put(_ element: Element, cost: Int) {
    state.withLock { state in
      guard !state.isAbandoned else { return }
      state.elements.append((element, cost))
      state.cost += cost
    }
    arrivals.raise()
  }

  /// Nothing more will come.
  func finish() {
    state.withLock { $0.isFinished = true }
    arrivals.raise()
  }

  /// Nobody takes any more: what is there is dropped, and so is what still comes.
  ///
  /// Who waits for room goes on.
  func abandon() {
    state.withLock { $0 = State(isFinished: true, isAbandoned: true) }
    departures.raise()
  }

  /// Waits until what is there costs no more than the limit.
  func waitForRoom() async {
    while true {
      let seen = departures.count
      guard state.withLock({ $0.cost > costLimit }), !Task.isCancelled else { return }
      await departures.wait(beyond: seen)
    }
  }

  /// The next element; nil when there will be none any more.
  func next() async -> Element? {
    while true {
      let seen = arrivals.count
      let (element, isFinished) = state.withLock { state -> (Element?, Bool) in
        guard !state.elements.isEmpty else { return (nil, state.isFinished) }
        let (element, cost) = state.elements.removeFirst()
        state.cost -= cost
        return (element, false)
      }
      if let element {
        departures.raise()
        return element
      }
      if isFinished || Task.isCancelled { return nil }
      await arrivals.wait(beyond: seen)
    }
  }
}

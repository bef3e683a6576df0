/// How long to wait before the next attempt: anything up to a bound that doubles (full jitter).
///
/// After an outage the agents of a whole fleet come back; what spreads them is the whole of the
/// wait being random.
package struct Backoff: Sendable {
  private let shortest: Duration
  private let longest: Duration
  private var bound: Duration

  package init(shortest: Duration = .milliseconds(500), longest: Duration = .seconds(30)) {
    self.shortest = shortest
    self.longest = longest
    bound = shortest
  }

  package mutating func next(
    using random: inout some RandomNumberGenerator
  ) -> Duration {
    defer { bound = min(bound * 2, longest) }
    return bound * Double.random(in: 0...1, using: &random)
  }

  package mutating func next() -> Duration {
    var random = SystemRandomNumberGenerator()
    return next(using: &random)
  }

  /// It worked.
  package mutating func reset() {
    bound = shortest
  }
}

/// How long something may be asked to take.
///
/// Said here for all: the command line refuses whoever types it, the collector whoever asks it, and
/// the agent the collector, since it trusts nobody with what slows its targets down.
package struct LengthLimits: Hashable, Sendable {
  /// What takes so long, as a sentence begins.
  private let name: String
  /// In milliseconds; what has no length of its own takes 0.
  package let milliseconds: ClosedRange<UInt64>

  package static let sampling = Self(name: "a window of sampling", milliseconds: 1...3_600_000)
  package static let timeline = Self(name: "a timeline", milliseconds: 100...60_000)
  package static let collections = Self(
    name: "a window of collections",
    milliseconds: 100...60_000
  )
  package static let census = Self(name: "a census", milliseconds: 0...0)

  /// Why it is not taken so long, for people; nil if it may be.
  package func refusal(of asked: UInt64) -> String? {
    guard milliseconds.contains(asked) == false else { return nil }
    guard milliseconds.upperBound > 0 else { return "\(name) takes no length, not \(asked) ms" }
    return "\(name) takes from \(Self.text(milliseconds.lowerBound)) to "
      + "\(Self.text(milliseconds.upperBound)), not \(Self.text(asked))"
  }

  /// In the largest unit that goes into it, as it is typed.
  private static func text(_ milliseconds: UInt64) -> String {
    for (unit, size) in [("h", UInt64(3_600_000)), ("m", 60_000), ("s", 1_000)]
    where milliseconds >= size && milliseconds.isMultiple(of: size) {
      return "\(milliseconds / size)\(unit)"
    }
    return "\(milliseconds)ms"
  }
}

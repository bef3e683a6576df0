/// What is said of a leak, for people: each a sentence or two.
///
/// Kept and sent as the four lines of `LeakFinding.explanation`.
package struct LeakWords: Hashable, Sendable {
  /// What grew, and what holds it.
  package var growth: String
  /// Why it is kept; empty where only growth is known.
  package var cause: String
  /// What to do about it; empty where only growth is known.
  package var remedy: String
  /// What in the snapshots its certainty rests on.
  package var evidence: String

  package init(growth: String, cause: String, remedy: String, evidence: String) {
    self.growth = growth
    self.cause = cause
    self.remedy = remedy
    self.evidence = evidence
  }

  /// Reads the lines; what an older collector wrote is one line, and says all in one.
  package init(lines: String) {
    let parts = lines.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
    let isWhole = parts.count == 4
    self.init(
      growth: isWhole ? parts[0] : lines,
      cause: isWhole ? parts[1] : "",
      remedy: isWhole ? parts[2] : "",
      evidence: isWhole ? parts[3] : ""
    )
  }

  /// A class or a variable can hold the end of a line in its name, which is none here.
  package var lines: String {
    [growth, cause, remedy, evidence].map { $0.split(separator: "\n").joined(separator: " ") }
      .joined(separator: "\n")
  }

  /// All in one paragraph.
  package var text: String {
    [growth, cause, remedy, evidence].filter { !$0.isEmpty }.joined(separator: " ")
  }
}

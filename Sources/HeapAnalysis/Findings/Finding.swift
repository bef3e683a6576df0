package import HeapModel

/// A leak, in numbers and in words.
package struct Finding: Hashable, Sendable {
  package enum Certainty: String, Sendable, Hashable {
    /// One owner gained objects in every step, told by their ids.
    case certain
    /// A class grew in every step; something that would make it certain is missing, and is said.
    case likely
  }

  /// Equal for the same leak in every process, build and week, per engine: 32 hexadecimal digits.
  package let fingerprint: String
  /// The class and the variable or property that owns it, which joins engines: `Session@cache`.
  package let family: String
  /// The rule that explains it, with its version: `event-emitter-listeners-1`.
  package let rule: String
  package let certainty: Certainty
  /// The class that says most: one of the program, if there is one.
  package let className: String
  /// Where the class or function stands in the source, if the engine tells.
  package let position: SourcePosition?
  /// How many more there were after each step.
  package let objectsPerStep: [Int]
  /// Bytes that came with them in each step, everything they hold included.
  package let bytesPerStep: [UInt64]
  /// Bytes kept alive by what came since the first snapshot.
  package let retainedSize: UInt64
  /// From a root to one of them; empty where the snapshot does not tell what holds them.
  package let retainerPath: [String]
  /// Whether only a debugger keeps them, perhaps our own session: not the program's leak.
  package let isTooling: Bool
  /// Whether objects were told apart by id; else classes were counted.
  package let isComparedByID: Bool
  /// Other classes that grew with it, largest first.
  package let companions: [String]
  /// For people, each a sentence or two.
  package let words: Words

  package struct Words: Hashable, Sendable {
    /// What grew, and what holds it.
    package let growth: String
    /// Why it is kept; empty where only growth is known.
    package let cause: String
    /// What to do about it; empty where only growth is known.
    package let remedy: String
    /// What in the snapshots its certainty rests on.
    package let evidence: String
  }

  /// What grew and what holds it, why it is kept, and what to do about it.
  package var explanation: String {
    [words.growth, words.cause, words.remedy].filter { !$0.isEmpty }.joined(separator: " ")
  }

  package var evidence: String { words.evidence }
}

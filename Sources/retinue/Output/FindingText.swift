internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel

/// One leak as a person reads it in a terminal: what and how much first, then why and what to do,
/// then what shows it.
struct FindingText {
  /// A name is cut where it would push the numbers out of the line.
  private static let nameLimit = 48
  private static let deepest = 20
  /// Above those that are no leaks of the program.
  static let toolingHeading = "Only a debugger or its console keeps these, not the program:"

  private var lines: [String] = []

  /// Under its heading: `1. Session  +2,000 objects, 1.9 MB  (certain)`.
  init(
    number: Int,
    className: String,
    certainty: String,
    objectsPerStep: [UInt64],
    retainedSize: UInt64
  ) {
    let name = DisplayText.safe(className)
    let shown = name.count > Self.nameLimit ? name.prefix(Self.nameLimit - 1) + "…" : name[...]
    let count = objectsPerStep.reduce(0, &+)
    let heading = Terminal.standardOutput.styled("\(number). \(shown)", .bold)
    lines = [
      "",
      "\(heading)  +\(HumanText.count(count)) objects, \(HumanText.bytes(retainedSize))"
        + "  (\(certainty))",
    ]
  }

  /// Under a heading of one's own, and what stands beside it.
  init(heading: String, _ text: String) {
    let styled = Terminal.standardOutput.styled(DisplayText.safe(heading), .bold)
    lines = ["", "\(styled)  \(DisplayText.safe(text))"]
  }

  mutating func add(_ words: LeakWords) {
    lines += HumanText.sentences(words.growth, indent: 3)
    add("why", words.cause)
    add("do", words.remedy)
    add("evidence", words.evidence)
  }

  /// A titled line, or several below each other where the text is long; none for no text.
  mutating func add(_ title: String, _ text: String) {
    let wrapped = HumanText.sentences(text, indent: 13)
    guard let first = wrapped.first else { return }
    let head = "   " + title + String(repeating: " ", count: max(10 - title.count, 1))
    lines += [head + first.drop { $0 == " " }] + wrapped.dropFirst()
  }

  /// Lines of which each is shown as it is, below each other.
  mutating func add(_ title: String, lines: [String]) {
    for (index, line) in lines.enumerated() {
      let head = index == 0 ? title : ""
      let gap = String(repeating: " ", count: max(10 - head.count, 1))
      self.lines.append("   " + head + gap + DisplayText.safe(line))
    }
  }

  /// Each step: `+1,000 objects (+96.0 kB), +1,000 objects (+96.0 kB)`.
  mutating func addSteps(_ objects: [UInt64], _ bytes: [UInt64]) {
    let steps = zip(objects, bytes).map { objects, bytes in
      "+\(HumanText.count(objects)) objects (+\(HumanText.bytes(bytes)))"
    }
    add("per step", steps.isEmpty ? HumanText.unknown : steps.joined(separator: ", "))
  }

  /// Where it stands in the source, and what grew beside it.
  mutating func add(_ position: SourcePosition?, companions: [String]) {
    add("at", position?.description ?? "")
    add("with", companions.joined(separator: ", "))
  }

  /// The way from a root, each step a little to the right of the one that holds it.
  mutating func addPath(_ path: [String], orElse note: String) {
    guard !path.isEmpty else { return add("held by", note.isEmpty ? HumanText.unknown : note) }
    lines.append("   held by, from a root:")
    lines += path.enumerated().map { depth, step in
      String(repeating: " ", count: 5 + min(depth, Self.deepest)) + DisplayText.safe(step)
    }
  }

  func print() {
    Output.standard(lines.map { $0 + "\n" }.joined())
  }
}

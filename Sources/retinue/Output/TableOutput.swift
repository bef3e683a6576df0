internal import CommandLineArguments

extension TextTable {
  /// Prints the table, or a sentence where it has no rows.
  func print(orElse sentence: String) {
    let terminal = Terminal.standardOutput
    Output.standard(isEmpty ? sentence + "\n" : text(for: terminal))
  }
}

/// Prints lines of text to standard output.
func printLines(_ lines: [String]) {
  guard !lines.isEmpty else { return }
  Output.standard(lines.map { DisplayText.safe($0) + "\n" }.joined())
}

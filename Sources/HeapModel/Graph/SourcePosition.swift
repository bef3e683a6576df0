/// Where an object's class or a function stands in the program's source.
package struct SourcePosition: Hashable, Sendable, CustomStringConvertible {
  package var script: String
  /// Counts from one, as editors do.
  package var line: Int
  package var column: Int

  package init(script: String, line: Int, column: Int) {
    self.script = script
    self.line = line
    self.column = column
  }

  package var description: String { "\(script):\(line):\(column)" }
}

/// What is wrong with a configuration, and where.
///
/// Ends the program at its start: a configuration is mended by a person, not by trying again.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A place in the file, both counted from 1.
  package struct Position: Hashable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }
  }

  /// The file's name, where there is a file.
  package var file: String?
  /// Nil where the file could not even be read.
  package let position: Position?
  package let message: String

  package init(_ message: String, at position: Position?, file: String? = nil) {
    self.message = message
    self.position = position
    self.file = file
  }

  /// `agent.yaml:2:1: …`, as compilers write it, or `line 2:1: …` without a file.
  package var description: String {
    switch (file, position) {
    case (let file?, let position?): "\(file):\(position.line):\(position.column): \(message)"
    case (let file?, nil): "\(file): \(message)"
    case (nil, let position?): "line \(position.line):\(position.column): \(message)"
    case (nil, nil): message
    }
  }
}

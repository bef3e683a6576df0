/// A table for people: columns under their titles, numbers at the right, no wider than the
/// terminal.
///
///     SERVICE   INSTANCE   HEAP USED
///     checkout  web-1        12.3 MB
package struct TextTable: Sendable {
  package struct Column: Sendable {
    package enum Alignment: Sendable {
      /// Text.
      case left
      /// Numbers, with their units.
      case right
    }

    /// Which part of a text is left where the table is too wide.
    package enum Shortening: Sendable {
      case never
      case keepBeginning
      case keepEnd
    }

    package let title: String
    package let alignment: Alignment
    package let shortening: Shortening

    package init(_ title: String, _ alignment: Alignment = .left, _ shortening: Shortening = .never)
    {
      self.title = title
      self.alignment = alignment
      self.shortening = shortening
    }

    /// A column of numbers.
    package static func number(_ title: String) -> Column {
      Column(title, .right)
    }

    /// A column of text that may be shortened.
    package static func text(_ title: String, _ shortening: Shortening = .keepBeginning) -> Column {
      Column(title, .left, shortening)
    }
  }

  package struct Cell: Sendable, ExpressibleByStringInterpolation {
    package let text: String
    package let style: Terminal.Style

    package init(_ text: String, _ style: Terminal.Style = .plain) {
      self.text = DisplayText.safe(text)
      self.style = style
    }

    package init(stringLiteral text: String) {
      self.init(text)
    }
  }

  /// A column is not made narrower than this.
  private static let narrowest = 8

  private let columns: [Column]
  private var rows: [[Cell]] = []

  package init(_ columns: [Column]) {
    self.columns = columns
  }

  package var isEmpty: Bool { rows.isEmpty }

  package mutating func append(_ row: [Cell]) {
    precondition(row.count == columns.count, "\(row.count) cells for \(columns.count) columns")
    rows.append(row)
  }

  /// The table in lines, for that terminal; without spaces at the ends of lines.
  package func text(for terminal: Terminal) -> String {
    let titles = columns.map { Cell($0.title, .bold) }
    let widths = widths(limit: terminal.width)
    return ([titles] + rows).map { line($0, widths, terminal) }.joined()
  }

  private func line(_ row: [Cell], _ widths: [Int], _ terminal: Terminal) -> String {
    var line = ""
    var spaces = 0
    for (index, cell) in row.enumerated() {
      let column = columns[index]
      let text = Self.shortened(cell.text, column.shortening, width: widths[index])
      let padding = max(widths[index] - DisplayText.width(text), 0)
      if column.alignment == .right { spaces += padding }
      if text.isEmpty == false {
        line += String(repeating: " ", count: spaces) + terminal.styled(text, cell.style)
        spaces = 0
      }
      spaces += column.alignment == .left ? padding + 2 : 2
    }
    return line + "\n"
  }

  private static func shortened(
    _ text: String,
    _ shortening: Column.Shortening,
    width: Int
  ) -> String {
    switch shortening {
    case .never: text
    case .keepBeginning: DisplayText.beginning(text, width: width)
    case .keepEnd: DisplayText.end(text, width: width)
    }
  }

  /// The width of each column: its widest cell, or less where the table would not fit.
  private func widths(limit: Int?) -> [Int] {
    var widths = columns.indices.map { index in
      rows.reduce(DisplayText.width(columns[index].title)) { widest, row in
        max(widest, DisplayText.width(row[index].text))
      }
    }
    guard let limit else { return widths }
    // The widest of those that can give way gives way, so that short columns stay whole.
    var excess = widths.reduce(0, +) + 2 * max(columns.count - 1, 0) - limit
    while excess > 0 {
      let givers = columns.indices.filter {
        columns[$0].shortening != .never && widths[$0] > Self.narrowest
      }
      guard let widest = givers.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }
}

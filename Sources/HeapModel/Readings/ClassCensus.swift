/// How many objects of each class a heap has, as its engine counts them without a snapshot.
///
/// Classes are the engine's own (`Object` for whatever a program's constructors make), so they are
/// never compared with those of a snapshot.
package struct ClassCensus: Hashable, Sendable {
  /// What a row counts.
  package enum Group: UInt8, Hashable, Sendable, CaseIterable {
    /// Objects of a class.
    case object = 1
    case script = 2
    case string = 3
    /// What the engine needs beside them, by its own names.
    case engine = 4
    /// Nodes of a document outside of the script engine.
    case domNode = 5

    package var name: String {
      switch self {
      case .object: "object"
      case .script: "script"
      case .string: "string"
      case .engine: "engine"
      case .domNode: "domNode"
      }
    }
  }

  package struct Row: Hashable, Sendable {
    package var group: Group
    package var name: String
    package var count: UInt64
    package var bytes: UInt64

    package init(group: Group, name: String, count: UInt64, bytes: UInt64) {
      self.group = group
      self.name = name
      self.count = count
      self.bytes = bytes
    }
  }

  /// More classes than any engine has of its own.
  package static let rowLimit = 2_048

  /// Most bytes first; none twice.
  package let rows: [Row]

  /// - Parameter rows: of which those beyond the limit become one row each of their group, named
  ///   `(others)`
  package init(_ rows: some Sequence<Row>) {
    let sorted = rows.sorted { ($1.bytes, $1.count, $0.name) < ($0.bytes, $0.count, $1.name) }
    guard sorted.count > Self.rowLimit else {
      self.rows = sorted
      return
    }
    let kept = Self.rowLimit - Group.allCases.count
    var others: [Group: Row] = [:]
    for row in sorted[kept...] {
      var sum = others[row.group] ?? Row(group: row.group, name: "(others)", count: 0, bytes: 0)
      sum.count &+= row.count
      sum.bytes &+= row.bytes
      others[row.group] = sum
    }
    self.rows = sorted[..<kept] + others.values.sorted { $0.bytes > $1.bytes }
  }
}

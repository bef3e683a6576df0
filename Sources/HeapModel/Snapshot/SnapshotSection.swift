/// One named part of a snapshot: a table of numbers, a table of strings, or text kept as it came.
///
/// Sections come in the engine's own order, and that order is kept. A table may come in several
/// sections of one name, each going on where the one before ended (SpiderMonkey, whose file has
/// nodes and edges in turns).
package struct SnapshotSection: Hashable, Sendable {
  package enum Content: UInt8, Hashable, Sendable {
    /// Rows of numbers: `ColumnBatch` records follow.
    case rows = 1
    /// Strings: `StringBatch` records follow.
    case strings = 2
    /// A part we do not know, kept as text: `raw` pieces follow.
    case raw = 3
  }

  /// What the section is to us; an engine's name for it may differ.
  package enum Role: UInt8, Hashable, Sendable {
    case other = 0
    case nodes = 1
    case edges = 2
    case locations = 3
    /// Strings that name nodes and edges alike (V8 `strings`, SpiderMonkey's).
    case names = 4
    /// Strings that name nodes only (JavaScriptCore `nodeClassNames`).
    case nodeNames = 5
    /// Strings that name edges only (JavaScriptCore `edgeNames`).
    case edgeNames = 6
    /// Strings that label nodes beside their class (JavaScriptCore `labels`).
    case labels = 7
    /// What the agent was shown of Maps and Sets (`CollectionPreview`).
    case collections = 8
  }

  /// The engine's name for it, as its key in the engine's own text.
  package var name: String
  package var content: Content
  package var role: Role
  /// The columns of a table; empty for other contents.
  package var fields: [SnapshotField]

  package init(name: String, content: Content, role: Role, fields: [SnapshotField] = []) {
    self.name = name
    self.content = content
    self.role = role
    self.fields = fields
  }
}

/// One column of a table.
package struct SnapshotField: Hashable, Sendable {
  package enum Role: UInt8, Hashable, Sendable {
    case other = 0
    case type = 1
    case name = 2
    case identifier = 3
    case selfSize = 4
    case edgeCount = 5
    case detachedness = 6
    case traceNode = 7
    /// JavaScriptCore's bits: 1 internal, 2 a subclass of Object.
    case flags = 8
    case label = 9
    /// An edge's source and target, by the header's reference form.
    case source = 10
    case target = 11
    /// A location's node, by the header's reference form.
    case node = 12
    case script = 13
    case line = 14
    case column = 15
    /// SpiderMonkey's further names of a node, as numbers of names, 0 for none: the class of a
    /// JavaScript object, the file of a script, the name of a DOM node.
    case className = 16
    case scriptName = 17
    case descriptiveName = 18
    /// Of a Map or a Set: how many entries it has, and how many keys and values were seen of a class.
    case entryCount = 19
    case seenCount = 20
  }

  /// How the engine writes a value of this column.
  package enum Form: UInt8, Hashable, Sendable {
    case number = 0
    /// A string holding a hexadecimal address, `"0x7f…"` (JavaScriptCore GCDebugging).
    case hexadecimalString = 1
    /// A number that is `scale` times an ordinal in the engine's text; the column holds the
    /// ordinal.
    case scaledOrdinal = 2
  }

  package var name: String
  package var role: Role
  package var form: Form
  /// What an ordinal is multiplied with in the engine's text; 1 for other forms.
  package var scale: UInt32

  package init(name: String, role: Role, form: Form = .number, scale: UInt32 = 1) {
    self.name = name
    self.role = role
    self.form = form
    self.scale = scale
  }
}

extension [SnapshotField] {
  /// The column that has a role, if one has.
  package func column(_ role: SnapshotField.Role) -> Int? {
    firstIndex { $0.role == role }
  }
}

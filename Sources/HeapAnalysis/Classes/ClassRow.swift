/// One row of the class table: all objects with one class key.
package struct ClassRow: Hashable, Sendable {
  /// `,Name`, or `script,line,column,Name` where the engine tells where the class stands.
  ///
  /// Stable within one process; a script's number is not the same in another.
  package let key: String
  package let name: String
  /// Objects whose own size is not zero.
  package let count: Int
  /// Bytes.
  package let selfSize: UInt64
  /// Bytes kept alive by all of them together: objects that one of the same class dominates are
  /// counted once (DevTools' column "Retained Size").
  package let retainedSize: UInt64
  /// The smallest distance from the roots; negative or above 99,999,999 for what only the engine
  /// reaches.
  package let distance: Int32
  /// Where DevTools lets classes with this key overwrite each other, the count that it shows,
  /// which is less; nil everywhere else.
  package let countInDevTools: Int?

  var isPartialInDevTools: Bool { countInDevTools != nil }
}

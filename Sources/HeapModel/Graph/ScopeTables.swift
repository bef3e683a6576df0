/// Which variables the closures of each script share, and which functions read them, as newer V8
/// tells (Chromium 15x).
package struct ScopeTables: Sendable {
  /// A function or block of a script.
  package struct Scope: Hashable, Sendable {
    /// Ordinal of the script's node.
    package let script: UInt32
    /// The engine's number for it, within its script.
    package let identifier: Int64
    /// How many scopes it stands in; rows of a script come outermost first.
    package let depth: Int
    /// Its variables that closures can keep, as a range of `variables`: slot 0 and on.
    package let variables: Range<Int>
    /// What it reads, as a range of `uses`.
    package let uses: Range<Int>
  }

  /// A scope of the same script reads a variable.
  package struct Use: Hashable, Sendable {
    package let declaringScope: Int64
    package let slot: Int64
  }

  package let scopes: [Scope]
  /// Numbers of the graph's names.
  package let variables: [UInt32]
  package let uses: [Use]
}

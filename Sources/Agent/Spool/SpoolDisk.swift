/// The few things the spool does with the folder it lives in.
///
/// Files are named without a path. Each call is done when it returns, but lasting through a loss
/// of power only after `sync` (a file's bytes) and `syncFolder` (which files there are).
package protocol SpoolDisk: AnyObject {
  func names() throws(SpoolError) -> [String]
  func size(of name: String) throws(SpoolError) -> UInt64
  /// Reads up to `count` bytes; fewer at the end of the file.
  func read(_ name: String, at offset: UInt64, count: Int) throws(SpoolError) -> [UInt8]
  /// Writes at the end; makes the file if there is none. After an error part of it may be there.
  func append(_ bytes: [UInt8], to name: String) throws(SpoolError)
  func truncate(_ name: String, to size: UInt64) throws(SpoolError)
  func rename(_ name: String, to other: String) throws(SpoolError)
  func remove(_ name: String) throws(SpoolError)
  func sync(_ name: String) throws(SpoolError)
  func syncFolder() throws(SpoolError)
}

/// Why the spool could not keep or find something.
package struct SpoolError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The limit is reached, or the disk is full; room may come when the collector takes
    /// what is there.
    case full
    /// The disk did not do what it was asked; trying again may help.
    case failed
    /// Another agent has this spool.
    case locked
    /// What is there is not what was written.
    case damaged
    /// There is no such file.
    case missing
  }

  package let code: Code
  package let message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

/// Why the store could not do what it was asked.
package struct StoreError: Error, Hashable, CustomStringConvertible {
  /// What the caller can do about it, which is all a caller should switch on.
  package enum Code: Hashable, Sendable {
    /// There is no room; the same request may succeed when there is.
    case full
    /// The store cannot be written or read now; the same request may be sent again later.
    case unavailable
    /// What was stored is not what was written; it was set aside, and only new bytes help.
    case damaged
    /// There is nothing by that name.
    case missing
    /// The store was written by a newer program; this one must not touch it.
    case newer
    /// Another process holds the store.
    case inUse
    /// The request contradicts what is stored; repeating it will not help.
    case conflict
  }

  package var code: Code
  package var message: String

  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var description: String { message }
}

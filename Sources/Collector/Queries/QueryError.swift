internal import HeapModel
internal import Store

/// Why a question gets no answer.
package struct QueryError: Error, Hashable, CustomStringConvertible {
  package enum Code: Hashable, Sendable {
    /// The question cannot be understood; the sentence says what is wrong with it.
    case invalid
    /// There is no target, snapshot or request by that name.
    case notFound
    /// Not now or not on this: the sentence says what would have to be different.
    case notPossible
    case unavailable
    case full
  }

  package var code: Code
  package var description: String

  package init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  init(_ error: StoreError) {
    let code: Code =
      switch error.code {
      case .full: .full
      case .missing: .notFound
      case .conflict, .unavailable, .damaged, .newer, .inUse: .unavailable
      }
    self.init(code, error.message)
  }

  init(_ error: SelectorError) {
    self.init(.invalid, error.description)
  }
}

/// Who asks, for the audit trail.
package struct Caller: Hashable, Sendable {
  /// A certificate's name, or the peer's address.
  package var name: String

  package init(name: String) {
    self.name = name
  }
}

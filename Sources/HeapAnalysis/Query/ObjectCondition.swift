package import HeapModel

/// What an object must be or have to be selected.
package enum ObjectCondition: Hashable, Sendable {
  case className(NamePattern, isWanted: Bool)
  /// Its own name: for a string its text, for a closure its function's.
  case name(NamePattern, isWanted: Bool)
  /// Refers to something by a property of this name.
  case property(String)
  case kind(NodeKind)
  /// Bytes.
  case selfSize(ClosedRange<UInt64>)
  case retainedSize(ClosedRange<UInt64>)
  case distance(ClosedRange<Int32>)
  /// A native object that the page has let go; not every engine tells.
  case detached(Bool)
  /// Every way to it from the root leads through one of these, and through the same one.
  case dominatedBy(ObjectChoice)
  /// Every way to it from the root leads through some of these: it goes when all of them go.
  case retainedThrough(ObjectChoice)
  /// With a larger id than this one: made later, where V8 counted both; ids of the embedder's objects
  /// say nothing of time.
  case allocatedAfter(UInt64)
  /// With this id or a smaller one.
  case allocatedUntil(UInt64)
  /// One of those that DevTools has.
  case filter(DevToolsFilter)
}

/// Objects that a condition is about, which are themselves not meant by it.
package enum ObjectChoice: Hashable, Sendable {
  case id(UInt64)
  case className(NamePattern)
}

/// Why a query cannot be answered; another heap may answer it where this one cannot tell.
package struct QueryError: Error, Hashable, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}

extension NodeKind {
  /// As V8 calls it, in one word.
  package var name: String {
    switch self {
    case .unknown: "unknown"
    case .hidden: "hidden"
    case .array: "array"
    case .string: "string"
    case .object: "object"
    case .code: "code"
    case .closure: "closure"
    case .regularExpression: "regexp"
    case .number: "number"
    case .native: "native"
    case .synthetic: "synthetic"
    case .concatenatedString: "concatenated-string"
    case .slicedString: "sliced-string"
    case .symbol: "symbol"
    case .bigInteger: "bigint"
    case .objectShape: "object-shape"
    case .wasmObject: "wasm-object"
    }
  }
}

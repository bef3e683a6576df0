extension NodeKind {
  /// JavaScriptCore has no node types: a class name tells what is more than an object.
  init(javaScriptCoreClass name: String) {
    switch name {
    case "string": self = .string
    case "symbol": self = .symbol
    case "Function", "AsyncFunction", "GeneratorFunction", "AsyncGeneratorFunction":
      self = .closure
    case "RegExp": self = .regularExpression
    default: self = .object
    }
  }

  /// The kind of a node of this class that the engine marked as its own, or not.
  ///
  /// Strings and symbols stay what they are: symbols are always marked.
  func marked(internal isInternal: Bool) -> NodeKind {
    switch self {
    case .string, .symbol: self
    default: isInternal ? .hidden : self
    }
  }
}

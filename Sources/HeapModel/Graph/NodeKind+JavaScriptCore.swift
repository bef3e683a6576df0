extension NodeKind {
  /// JavaScriptCore has no node types: a class name tells what is more than an object.
  init(javaScriptCoreClass name: String) {
    switch name {
    case "string": self = .string
    case "symbol": self = .symbol
    case "BigInt": self = .bigInteger
    case "Function", "AsyncFunction", "GeneratorFunction", "AsyncGeneratorFunction",
      "JSAsyncGeneratorFunction":
      self = .closure
    case "RegExp": self = .regularExpression
    default: self = .object
    }
  }

  /// The kind of a node of this class, by what the engine marked it as.
  ///
  /// Objects of classes that are written in JavaScript are marked; those made by the engine or its
  /// embedder are not, and count as native unless the language itself defines them. Strings and
  /// symbols stay what they are: symbols are always marked as internal.
  func marked(
    internal isInternal: Bool,
    script isOfScript: Bool,
    isOfLanguage: Bool
  ) -> NodeKind {
    switch self {
    case .string, .symbol, .bigInteger: self
    case .object: isInternal ? .hidden : isOfScript || isOfLanguage ? .object : .native
    default: isInternal ? .hidden : self
    }
  }

  /// Classes that the language defines, by name.
  static let languageClasses: Set<String> = [
    "Object", "Array", "ArrayBuffer", "SharedArrayBuffer", "DataView", "Int8Array", "Uint8Array",
    "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float16Array",
    "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array", "Map", "Set", "WeakMap",
    "WeakSet", "WeakRef", "FinalizationRegistry", "Promise", "Proxy", "ProxyObject", "Date",
    "Error", "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError",
    "AggregateError", "Generator", "AsyncGenerator", "AsyncFunctionGenerator", "Arguments",
    "Boolean", "Number", "String", "Symbol", "Iterator", "Math", "JSON", "Reflect", "Atomics",
  ]
}

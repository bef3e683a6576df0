internal import HeapModel

/// How much a class says about a leak: the first that grew in step with it names it.
enum ClassRank: UInt8, Comparable {
  /// A class of the program.
  case program = 0
  /// A call that has not ended: a generator or an async function.
  case suspendedCall
  /// A class of Effect, whose rules know what it is for, wherever it stands.
  case framework
  /// A class of the runtime or of its library, such as `Timeout`.
  case library
  /// A plain object, by its shape.
  case shape
  /// Array, Map, Promise and others of the language.
  case builtin
  case function
  case text
  /// What only the engine sees: maps, code, contexts, storage.
  case engine

  static func < (a: ClassRank, b: ClassRank) -> Bool { a.rawValue < b.rawValue }
}

/// Ranks the classes of one heap.
struct ClassRanking {
  private let heap: AnalyzedHeap
  private let scripts: Scripts
  private let hasLocations: Bool

  init(_ heap: AnalyzedHeap, scripts: Scripts) {
    self.heap = heap
    self.scripts = scripts
    hasLocations = heap.graph.locations.count > 0
  }

  /// The rank of an object, which is that of all objects of its class.
  func rank(of node: UInt32) -> ClassRank {
    let kind = NodeKind(rawValue: heap.graph.nodeKind[Int(node)]) ?? .unknown
    switch kind {
    case .object: return heap.graph.engine == .v8 ? rankV8(node) : rankByName(node)
    case .native:
      return rankNative(heap.name(of: node))
    case .closure: return .function
    case .regularExpression: return .builtin
    case .string, .concatenatedString, .slicedString, .symbol, .bigInteger: return .text
    default: return .engine
    }
  }

  private func rankNative(_ name: String) -> ClassRank {
    let classes =
      heap.graph.engine == .spiderMonkey
      ? LanguageClasses.spiderMonkeyClasses : LanguageClasses.engineClasses
    // Deno's V8 says native where Node's says hidden.
    return classes.contains(name) || name.hasPrefix("system / ") ? .engine : .library
  }

  private func rankV8(_ node: UInt32) -> ClassRank {
    let name = heap.graph.names[Int(heap.graph.nodeName[Int(node)])]
    if name.hasPrefix("system / ") { return .engine }
    if name == "Object" { return .shape }
    if LanguageClasses.isBuiltin(name) && name != "Generator" { return .builtin }
    guard let row = heap.graph.locationRow(of: node) else {
      return hasLocations ? .library : .program
    }
    let isCall = heap.graph.target(of: Int(node), ["parameters_and_registers"]) != nil
    guard scripts.isOfProgram(heap.graph.locations.script[row]) else { return .library }
    return isCall ? .suspendedCall : heap.isOfEffect(node) ? .framework : .program
  }

  private func rankByName(_ node: UInt32) -> ClassRank {
    let name = heap.graph.names[Int(heap.graph.nodeName[Int(node)])]
    if name == "Object" { return .shape }
    if LanguageClasses.suspendedCalls.contains(name) { return .suspendedCall }
    if LanguageClasses.isBuiltin(name) { return .builtin }
    // SpiderMonkey's own objects are native, and its library is the browser's.
    guard heap.graph.engine != .spiderMonkey else {
      return name == "BoundFunctionObject" ? .function : .program
    }
    if LanguageClasses.engineClasses.contains(name) { return .engine }
    if LanguageClasses.libraryClasses.contains(name) { return .library }
    return heap.isOfEffect(node) ? .framework : .program
  }
}

/// Names of classes that no program defines.
enum LanguageClasses {
  static func isBuiltin(_ name: String) -> Bool {
    builtins.contains(name) || name.hasSuffix(" Iterator")
  }

  private static let builtins: Set<String> = [
    "Array", "ArrayBuffer", "SharedArrayBuffer", "DataView", "Int8Array", "Uint8Array",
    "Uint8ClampedArray", "Int16Array", "Uint16Array", "Int32Array", "Uint32Array", "Float16Array",
    "Float32Array", "Float64Array", "BigInt64Array", "BigUint64Array", "Map", "Set", "WeakMap",
    "WeakSet", "WeakRef", "FinalizationRegistry", "Promise", "Proxy", "Date", "RegExp", "Error",
    "TypeError", "RangeError", "SyntaxError", "ReferenceError", "EvalError", "URIError",
    "AggregateError", "Function", "AsyncFunction", "GeneratorFunction", "AsyncGeneratorFunction",
    "Generator", "AsyncGenerator", "Arguments", "Boolean", "Number", "String", "Symbol", "BigInt",
    "Iterator", "Math", "JSON", "Reflect", "Atomics", "Intl", "Buffer", "Module",
  ]

  /// JavaScriptCore shows a call that has not ended as an object of these.
  static let suspendedCalls: Set<String> = [
    "Generator", "AsyncGenerator", "AsyncFunctionGenerator", "JSGenerator", "JSAsyncGenerator",
  ]

  /// JavaScriptCore's own objects that it does not mark as internal.
  static let engineClasses: Set<String> = [
    "JSLexicalEnvironment", "JSModuleEnvironment", "JSGlobalLexicalEnvironment", "GlobalObject",
    "JSGlobalProxy", "InternalFieldTuple", "Callee", "ModuleRecord", "ModuleNamespaceObject",
    "Prototype", "AsyncContextFrame",
  ]

  /// SpiderMonkey's own objects: environments, modules, what a debugger or the JIT made.
  static let spiderMonkeyClasses: Set<String> = [
    "Call", "LexicalEnvironment", "ModuleEnvironmentObject", "Var", "With", "Module",
    "ModuleRequest", "List", "ScriptSource", "SavedFrame", "PromiseReactionRecord", "JIT ShapeList",
    "DebuggerDebuggeeLink", "XrayExpandoObject", "Window", "Sandbox", "SystemGlobal",
    "NonSyntacticVariablesObject",
  ]

  /// Classes of Bun's library that are written in JavaScript, whose objects a snapshot cannot tell
  /// from a program's.
  static let libraryClasses: Set<String> = [
    "Agent", "AsyncLocalStorage", "AsyncResource", "Channel", "ClientRequest", "Console", "Duplex",
    "EventEmitter", "FixedCircularBuffer", "FixedQueue", "Frame", "FreeList", "IncomingMessage",
    "Interface", "NodeHTTPResponse", "OutgoingMessage", "PassThrough", "ReadStream", "Readable",
    "ReadableState", "Server", "ServerResponse", "Socket", "Stream", "TLSSocket", "Transform",
    "Worker", "WritableState", "Writable", "WriteStream",
  ]
}

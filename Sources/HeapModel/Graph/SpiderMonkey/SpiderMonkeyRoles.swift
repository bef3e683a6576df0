/// What a name of SpiderMonkey's plays in the making of a graph.
///
/// The engine tells links of its own from properties of the program by nothing but their names. A
/// property that a program gives the name of a link is taken for the link, except where the link's
/// target could not be that property's.
enum SpiderMonkeyRole: UInt8 {
  case none = 0

  // Links.
  case shape
  case shapeBase
  case shapePrototype
  case prototype
  case constructor
  case functionScript
  case childNode
  case reflectedNode
  /// Does not keep its target alive, though the engine's own dominators count it.
  case weakLink
  /// A slot without a name, such as a function's environment.
  case slot
  /// Another link of the engine's.
  case link
  /// A link where it belongs to a global object.
  case globalLink
  /// `.this` and the like, which a program cannot name.
  case hiddenVariable

  // Types and classes.
  case typeShape
  case typeShapePart
  case typeSymbol
  case typeBigInteger
  case typeRegularExpressionCode
  case classPlain
  case classFunction
  case classRegularExpression
  case classGenerator
  case classEnvironment
  case classGlobal
  case classLanguage
  case classFragment
  case document
  case fragment

  case selfHosted
}

/// The roles of all names of a heap: one byte a name, so that walks compare no strings.
struct SpiderMonkeyRoles {
  private let roles: FlatArray<UInt8>

  init(_ names: StringTable) {
    roles = FlatArray(repeating: 0, count: names.count)
    let finder = Finder()
    for index in 0..<names.count {
      roles[index] = finder.role(of: names.utf8(index)).rawValue
    }
  }

  @inline(__always) subscript(name: UInt32) -> SpiderMonkeyRole {
    SpiderMonkeyRole(rawValue: roles[Int(name)]) ?? .none
  }

  private struct Finder {
    private static let lengthLimit = 48
    /// Whether a name with a role has this length and first byte: few others do.
    private var mayHaveRole = [Bool](repeating: false, count: lengthLimit << 8)
    private var mayHavePrefix = [Bool](repeating: false, count: 256)

    init() {
      for name in SpiderMonkeyRole.exact.keys {
        mayHaveRole[name.utf8.count << 8 | Int(name.utf8.first ?? 0)] = true
      }
      for (prefix, _) in SpiderMonkeyRole.prefixes {
        mayHavePrefix[Int(prefix.utf8.first ?? 0)] = true
      }
    }

    func role(of name: UnsafeBufferPointer<UInt8>) -> SpiderMonkeyRole {
      guard let first = name.first else { return .none }
      if name.count < Self.lengthLimit, mayHaveRole[name.count << 8 | Int(first)] {
        let text = String(decoding: name, as: UTF8.self)
        if let role = SpiderMonkeyRole.exact[text] { return role }
      }
      guard mayHavePrefix[Int(first)] else { return .none }
      for (prefix, role) in SpiderMonkeyRole.prefixes where name.starts(with: prefix.utf8) {
        return role
      }
      return .none
    }
  }
}

extension SpiderMonkeyRole {
  fileprivate static let exact: [String: SpiderMonkeyRole] = {
    let given: [SpiderMonkeyRole: [String]] = [
      .shape: ["shape"],
      .shapeBase: ["base"],
      .shapePrototype: ["baseshape_proto"],
      .prototype: ["prototype"],
      .constructor: ["constructor"],
      .functionScript: ["JSFunction script"],
      .childNode: ["Child Node"],
      .reflectedNode: ["Reflected Node"],
      .link: [
        "enclosing_environment", "callee_slot", "proxy target", "proxy_reserved", "proxy_private",
        "WeakMap entry value", "WeakMap owner", "HashableValue", "OrderedHashMapObject value",
        "vector element", "hashmap key", "hashmap value", "module bindings environment",
        "module bindings binding name", "protoAndIfaceCache[i]", "self-hosting-script-source",
        "map-object-template", "set-object-template", "mapped-arguments-template",
        "unmapped-arguments-template", "Shadowing DOM proxy expando", "Debugger.Object referent",
        "Debugger.Environment referent",
      ],
      .hiddenVariable: [".this", ".generator", ".newTarget", ".args", ".initializers"],
      .typeShape: ["js::Shape"],
      .typeShapePart: ["js::BaseShape", "js::PropMap", "js::GetterSetter"],
      .typeSymbol: ["JS::Symbol"],
      .typeBigInteger: ["JS::BigInt"],
      .typeRegularExpressionCode: ["js::RegExpShared"],
      .classPlain: ["Object"],
      .classFunction: ["Function"],
      .classRegularExpression: ["RegExp"],
      .classGenerator: ["Generator", "AsyncGenerator", "AsyncFunctionGenerator"],
      .classEnvironment: [
        "Call", "LexicalEnvironment", "ModuleEnvironmentObject", "Var", "With",
        "WasmFunctionCall", "WasmInstance", "NonSyntacticVariablesObject",
      ],
      .classGlobal: [
        "Window", "SystemGlobal", "BackstagePass", "Sandbox", "global",
        "DedicatedWorkerGlobalScope", "SharedWorkerGlobalScope", "ServiceWorkerGlobalScope",
        "WorkerDebuggerGlobalScope", "WorkletGlobalScope",
      ],
      .classLanguage: ["BoundFunctionObject"] + NodeKind.languageClasses,
      .classFragment: ["DocumentFragment"],
      .document: ["#document"],
      .fragment: ["#document-fragment"],
      .selfHosted: ["self-hosted"],
    ]
    var roles: [String: SpiderMonkeyRole] = [:]
    for role in [SpiderMonkeyRole.classLanguage] + given.keys.filter({ $0 != .classLanguage }) {
      for name in given[role] ?? [] { roles[name] = role }
    }
    return roles
  }()

  fileprivate static let prefixes: [(String, SpiderMonkeyRole)] = [
    ("**UNKNOWN SLOT", .slot),
    ("cacheir-weak-", .weakLink),
    ("global-", .globalLink),
    ("CLASS_OBJECT(", .link),
    ("SavedStacks::", .link),
    ("ExportEntry::", .link),
    ("ImportEntry::", .link),
    ("RequestedModule::", .link),
    ("CyclicModuleFields::", .link),
    ("ShapeList", .link),
    ("XPCWrappedNative", .link),
    ("RegExpRealm::", .link),
    ("res->", .link),
  ]
}

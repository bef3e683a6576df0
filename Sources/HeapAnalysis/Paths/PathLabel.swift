internal import HeapModel

/// One step of a path in words that are the same in every process: no ids, counts or indexes.
struct PathLabel: Hashable {
  /// How the step refers, up to its name: `.`, `variable `, `{`, or all of it: `[]`.
  enum Reference: Hashable {
    case start
    case property(String)
    case variable(String)
    case element
    case link(String)
  }

  var reference: Reference
  let node: String

  init(_ step: RetainerPath.Step, isFirst: Bool) {
    reference = isFirst ? .start : Self.reference(step)
    node = Self.node(step)
  }

  private init(reference: Reference, node: String) {
    self.reference = reference
    self.node = node
  }

  /// In place of a way that is one of too many.
  static let ofOthers = PathLabel(
    reference: .start,
    node: "… other ways, too many to tell apart …"
  )

  /// As people read it: `.cache: Map`, `["a b"]: Map`, `variable head: ListNode`, `[]: Session`,
  /// `{table}: (array)`.
  var text: String {
    if case .property(let name) = reference, Self.needsQuotes(name) {
      return "[\"\(name)\"]: \(node)"
    }
    return plainText
  }

  private var plainText: String {
    switch reference {
    case .start: node
    case .property(let name): ".\(name): \(node)"
    case .variable(let name): "variable \(name): \(node)"
    case .element: "[]: \(node)"
    case .link(let name): "{\(name)}: \(node)"
    }
  }

  /// The text as it is in every run of a program: of a name that tells an address or a number only
  /// that it does.
  var lastingText: String {
    var copy = self
    switch reference {
    case .property(let name): copy.reference = .property(LastingName(name).text)
    case .variable(let name): copy.reference = .variable(LastingName(name).text)
    case .start, .element, .link: break
    }
    return copy.plainText
  }

  /// The label with every name that a program chose left out.
  var skeleton: PathLabel {
    var copy = self
    switch reference {
    case .property: copy.reference = .property("")
    case .variable: copy.reference = .variable("")
    case .start, .element, .link: break
    }
    return copy
  }

  /// The label with the form of a property's name in place of a name that is a key.
  var keyForm: PathLabel {
    guard case .property(let name) = reference else { return self }
    var copy = self
    copy.reference = .property(KeyForm(name).text)
    return copy
  }

  /// How many names are written that differ between objects otherwise held alike.
  static let mostNames = 3

  /// Replaces a name that differs between objects that are otherwise held alike: a few names are
  /// all written, more are a dictionary's keys.
  mutating func join(_ names: Set<String>) {
    let text =
      names.count <= Self.mostNames ? names.sorted().joined(separator: "|") : KeyForm.anyKey
    switch reference {
    case .property: reference = .property(text)
    case .variable: reference = .variable(text)
    case .start, .element, .link: break
    }
  }

  var isProperty: Bool {
    if case .property = reference { true } else { false }
  }

  /// The name that a program chose.
  var chosenName: String? {
    switch reference {
    case .property(let name), .variable(let name): name
    case .start, .element, .link: nil
    }
  }

  private static func reference(_ step: RetainerPath.Step) -> Reference {
    let name = withoutIDs(step.edgeName)
    switch step.edgeKind {
    case .element: return .element
    case .hidden: return .link("")
    // JavaScriptCore numbers the registers of a suspended call.
    case .context: return isNumber(name) ? .link("") : .variable(name)
    case .property, .shortcut: return isNumber(name) ? .element : .property(name)
    default: break
    }
    if isNumber(name) { return .element }
    if name.hasSuffix("pair in WeakMap (table)") { return .link("WeakMap value") }
    // Handles are named `12 / DevTools console`.
    let parts = name.split(separator: "/", maxSplits: 1).map { $0.trimmingSpaces }
    if parts.count == 2, isNumber(parts[0]) { return .link(parts[1]) }
    return .link(name)
  }

  /// What an object is called in a path.
  static func node(_ heap: AnalyzedHeap, _ node: UInt32) -> String {
    self.node(
      RetainerPath.Step(
        edgeKind: .unknown,
        edgeName: "",
        node: node,
        className: className(heap, node),
        functionName: nil
      )
    )
  }

  /// The name of a root, and of what JavaScriptCore keeps for itself; else the class.
  static func className(_ heap: AnalyzedHeap, _ node: UInt32) -> String {
    isCalledByItsName(heap, node) ? heap.name(of: node) : heap.className(of: node)
  }

  static func isCalledByItsName(_ heap: AnalyzedHeap, _ node: UInt32) -> Bool {
    switch NodeKind(rawValue: heap.graph.nodeKind[Int(node)]) {
    case .synthetic: true
    case .hidden: heap.graph.engine != .v8
    default: false
    }
  }

  /// Whether it is a function that says what it is called; JavaScriptCore's do not.
  static func hasFunctionName(_ heap: AnalyzedHeap, _ node: UInt32) -> Bool {
    heap.graph.nodeKind[Int(node)] == NodeKind.closure.rawValue
      && heap.graph.engine != .javaScriptCore
  }

  private static func node(_ step: RetainerPath.Step) -> String {
    if let function = step.functionName {
      return function.isEmpty ? "function" : "function \(function)"
    }
    let name = withoutIDs(step.className)
    // Which shapes get a name of their own depends on their counts.
    if name.hasPrefix("{"), name.hasSuffix("}") { return "Object" }
    if let short = spiderMonkeyEnvironments[name] { return short }
    for (prefix, short) in shortNames where name.hasPrefix(prefix) { return short }
    return withoutTemplateArguments(name)
  }

  /// `blink::HeapVectorBacking<…>`: what stands between the brackets is of the compiler, and long.
  private static func withoutTemplateArguments(_ name: String) -> String {
    guard name.hasPrefix("blink::") || name.hasPrefix("cppgc::"),
      let bracket = name.firstIndex(of: "<")
    else { return name }
    return name[..<bracket] + "<…>"
  }

  private static let shortNames = [
    ("system / NativeContext", "native context"), ("system / Context", "context"),
    ("JSLexicalEnvironment", "context"), ("JSModuleEnvironment", "module"),
    ("global /", "global"), ("Window /", "Window"), ("Window [JSGlobalObject] /", "Window"),
  ]

  private static let spiderMonkeyEnvironments = [
    "Call": "context", "LexicalEnvironment": "context", "Var": "context",
    "ModuleEnvironmentObject": "module",
  ]

  /// Where a dot and the name would be hard to read, or be taken for several: `api.example:443:`.
  private static func needsQuotes(_ name: String) -> Bool {
    !["<", "get ", "set "].contains(where: name.hasPrefix)
      && name.utf8.contains { separators.contains($0) }
  }

  private static let separators = Array(" .:\"".utf8)

  private static func isNumber(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 &- UInt8(ascii: "0") < 10 }
  }

  /// Takes out `@123` and the space before it.
  private static func withoutIDs(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
    var result: [UInt8] = []
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      let digits = bytes.prefix { $0 &- UInt8(ascii: "0") < 10 }
      guard byte == UInt8(ascii: "@"), !digits.isEmpty else {
        result.append(byte)
        continue
      }
      bytes = bytes.dropFirst(digits.count)
      if result.last == UInt8(ascii: " ") { result.removeLast() }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension Substring {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

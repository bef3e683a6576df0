/// Which class of the program each object is of.
///
/// The engine says `Object` of all of them. But an object refers to its shape, that to a base, and
/// that to the prototype; and the function that has this prototype is the class. Its name is in
/// `SpiderMonkeyFunctions`. Functions of the engine and of its library in JavaScript (`self-hosted`)
/// make no class: then the engine's own name of the class is the better one.
struct SpiderMonkeyClasses {
  /// How far prototypes of prototypes are looked at, as `constructor` would be looked up.
  private static let chainLimit = 64

  private enum Answer {
    case pending
    /// No class of the program.
    case none
    case name(UInt32)
  }

  private let heap: SpiderMonkeyHeap
  private let functions: SpiderMonkeyFunctions
  /// The function that has an object as its prototype.
  private var functionOfPrototype: [UInt32: UInt32] = [:]
  /// The prototype of objects with a shape; the shape itself where there is none.
  private var prototypeOfShape: [UInt32: UInt32] = [:]
  /// The same of the bases of shapes.
  private var prototypeOfBase: [UInt32: UInt32] = [:]
  private var classOfPrototype: [UInt32: Answer] = [:]
  private var madeNames: [String: UInt32] = [:]

  init(_ heap: SpiderMonkeyHeap, _ functions: SpiderMonkeyFunctions) {
    self.heap = heap
    self.functions = functions
    for function in 0..<heap.nodeCount where heap.classRole(function) == .classFunction {
      guard let prototype = heap.target(of: function, .prototype).map(UInt32.init) else { continue }
      // A program can give a prototype to several functions; the first that is written in
      // JavaScript is it.
      if functionOfPrototype[prototype] == nil || isProgram(function) {
        functionOfPrototype[prototype] = UInt32(function)
      }
    }
  }

  /// The name of the object's class, if that is one of the program's.
  ///
  /// The prototype of a class is no object of the class that it extends.
  mutating func programClass(of object: Int) -> UInt32? {
    guard functionOfPrototype[UInt32(object)] == nil, let prototype = prototype(of: object) else {
      return nil
    }
    if case .name(let name) = classOfObjects(with: prototype) { return name }
    return nil
  }

  private mutating func classOfObjects(with prototype: UInt32) -> Answer {
    var chain: [UInt32] = []
    var answer = Answer.none
    var current: UInt32? = prototype
    while let link = current, chain.count < Self.chainLimit {
      if let known = classOfPrototype[link] {
        answer = known
        break
      }
      classOfPrototype[link] = .pending
      chain.append(link)
      if let function = functionOfPrototype[link] {
        if isProgram(Int(function)) { answer = .name(name(of: function, with: link)) }
        break
      }
      current = self.prototype(of: Int(link))
    }
    // A chain that closes on itself has no class.
    if case .pending = answer { answer = .none }
    for link in chain { classOfPrototype[link] = answer }
    return answer
  }

  private mutating func prototype(of object: Int) -> UInt32? {
    guard let shape = heap.target(of: object, .shape) else { return nil }
    let key = UInt32(shape)
    if let known = prototypeOfShape[key] { return known == key ? nil : known }
    guard let base = heap.target(of: shape, .shapeBase) else { return nil }
    let found = prototype(ofBase: base)
    prototypeOfShape[key] = found ?? key
    return found
  }

  /// Many shapes have one base.
  private mutating func prototype(ofBase base: Int) -> UInt32? {
    let key = UInt32(base)
    if let known = prototypeOfBase[key] { return known == key ? nil : known }
    let prototype = heap.target(of: base, .shapePrototype).map(UInt32.init)
    prototypeOfBase[key] = prototype ?? key
    return prototype
  }

  private func isProgram(_ function: Int) -> Bool {
    guard let script = heap.target(of: function, .functionScript) else { return false }
    let file = heap.scriptName[script]
    return file != 0 && heap.roles[file] != .selfHosted
  }

  // MARK: Names

  private mutating func name(of function: UInt32, with prototype: UInt32) -> UInt32 {
    let name = functions.name[Int(function)]
    return name != 0 ? name : madeName(function, prototype)
  }

  /// A class that nothing refers to by name (a module's own, or a minified one) is told by its file
  /// and by some of its methods, which are the same in every snapshot.
  private mutating func madeName(_ function: UInt32, _ prototype: UInt32) -> UInt32 {
    let file = heap.target(of: Int(function), .functionScript).map { heap.scriptName[$0] } ?? 0
    let path = heap.names[Int(file)]
    let methods = methodNames(Int(prototype))
    let place = path.split(separator: "/").last.map(String.init) ?? path
    let text = "(unnamed class in \(place)\(methods.isEmpty ? "" : ", with \(methods)"))"
    if let known = madeNames[text] { return known }
    var copy = text
    let number = UInt32(heap.names.count)
    copy.withUTF8 { heap.names.append(UnsafeRawBufferPointer($0)) }
    madeNames[text] = number
    return number
  }

  private func methodNames(_ prototype: Int) -> String {
    let names = heap.edges(of: prototype).compactMap { edge -> String? in
      guard heap.role(ofEdge: edge) == .none, heap.edgeKind[edge] != EdgeKind.element.rawValue,
        heap.classRole(Int(heap.edgeTarget[edge])) == .classFunction
      else { return nil }
      return heap.names[Int(heap.edgeName[edge])]
    }
    return names.sorted().prefix(3).joined(separator: ", ")
  }
}

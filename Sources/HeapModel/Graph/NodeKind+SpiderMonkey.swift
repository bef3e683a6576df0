extension NodeKind {
  /// SpiderMonkey has five coarse types; the name of a type or class tells more.
  ///
  /// - Parameter isOfProgram: whether an object's class is one of the program's
  init(
    spiderMonkeyType coarseType: UInt8,
    typeRole: SpiderMonkeyRole,
    classRole: SpiderMonkeyRole,
    isOfProgram: Bool
  ) {
    switch coarseType {
    case SpiderMonkeyHeap.CoarseType.object:
      self = NodeKind(spiderMonkeyClass: classRole, isOfProgram: isOfProgram)
    case SpiderMonkeyHeap.CoarseType.script: self = .code
    case SpiderMonkeyHeap.CoarseType.string: self = .string
    case SpiderMonkeyHeap.CoarseType.domNode: self = .native
    default:
      switch typeRole {
      case .typeShape, .typeShapePart: self = .objectShape
      case .typeSymbol: self = .symbol
      case .typeBigInteger: self = .bigInteger
      case .typeRegularExpressionCode: self = .code
      default: self = .native
      }
    }
  }

  /// As with JavaScriptCore, objects made by the engine or its embedder are native, unless the
  /// language itself defines them.
  private init(spiderMonkeyClass role: SpiderMonkeyRole, isOfProgram: Bool) {
    switch role {
    case .classFunction: self = .closure
    case .classRegularExpression: self = .regularExpression
    case .classPlain, .classLanguage, .classGenerator: self = .object
    default: self = isOfProgram ? .object : .native
    }
  }
}

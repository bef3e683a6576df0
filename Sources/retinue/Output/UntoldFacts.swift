internal import HeapModel

/// What an engine's snapshot does not tell, so that no report shows it as zero or leaves it out in
/// silence.
enum UntoldFact: String {
  /// Whether an object of one snapshot is that of another.
  case identity
  case stringText
  case functionNames
  /// Where in the source a class or a function stands.
  case locations
  /// What is outside the engine's heap for typed arrays, apart from the objects themselves.
  case typedArrays
  case codeSize
  case systemSize
  /// Whether the nodes of a shadow tree are still shown.
  case shadowTrees

  /// As it follows "does not tell".
  var words: String {
    switch self {
    case .identity: "which objects are those of another snapshot"
    case .stringText: "the text of strings"
    case .functionNames: "what functions call themselves"
    case .locations: "where classes stand"
    case .typedArrays: "typed arrays apart"
    case .codeSize: "code"
    case .systemSize: "system objects apart"
    case .shadowTrees: "whether shadow trees are attached"
    }
  }

  /// - Parameter engine: as `HeapEngine.name` calls it.
  static func of(engine: String) -> [UntoldFact] {
    switch HeapEngine(name: engine) {
    case .javaScriptCore: [.stringText, .functionNames, .locations, .typedArrays, .codeSize]
    case .spiderMonkey:
      [
        .identity, .stringText, .functionNames, .locations, .typedArrays, .systemSize, .shadowTrees,
      ]
    case .v8, nil: []
    }
  }
}

extension AnalysisReport {
  var untold: [UntoldFact] { UntoldFact.of(engine: engine) }

  /// A number of the statistics, or nil where the engine cannot tell it.
  func told(_ bytes: UInt64, unless fact: UntoldFact) -> UInt64? {
    untold.contains(fact) ? nil : bytes
  }
}

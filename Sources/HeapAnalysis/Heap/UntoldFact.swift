internal import HeapModel

/// What an engine's snapshot does not tell, so that no report shows it as zero or leaves it out in
/// silence.
package enum UntoldFact: String, Sendable {
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
  /// What a Map or a Set holds: its entries hang on a node that says that their holder is not known.
  case collectionContents
  /// Which objects a page has let go.
  case detachedness

  /// As it follows "does not tell".
  package var words: String {
    switch self {
    case .identity: "which objects are those of another snapshot"
    case .stringText: "the text of strings"
    case .functionNames: "what functions call themselves"
    case .locations: "where classes stand"
    case .typedArrays: "typed arrays apart"
    case .codeSize: "code"
    case .systemSize: "system objects apart"
    case .shadowTrees: "whether shadow trees are attached"
    case .collectionContents: "what a Map or a Set holds"
    case .detachedness: "which objects are detached"
    }
  }

  /// What no snapshot of an engine tells, whatever the graph is capable of.
  fileprivate static func never(toldBy engine: HeapEngine) -> [UntoldFact] {
    switch engine {
    case .v8: []
    case .javaScriptCore: [.stringText, .functionNames, .typedArrays, .codeSize]
    case .spiderMonkey: [.stringText, .functionNames, .typedArrays, .systemSize, .shadowTrees]
    }
  }

  fileprivate init?(missing capability: Capabilities) {
    switch capability {
    case .comparisonByID: self = .identity
    case .locations: self = .locations
    case .collectionContents: self = .collectionContents
    default: return nil
    }
  }
}

extension AnalyzedHeap {
  /// What this heap's snapshot does not tell.
  package var untold: [UntoldFact] {
    let capable: [Capabilities] = [.comparisonByID, .locations, .collectionContents]
    let missing = capable.filter { !graph.capabilities.contains($0) }
    return UntoldFact.never(toldBy: graph.engine) + missing.compactMap(UntoldFact.init(missing:))
      + (detachedState.isTold ? [] : [.detachedness])
  }
}

package import HeapModel

/// How a root keeps one object alive: one shortest way, from the root to the object.
package struct RetainerPath: Hashable, Sendable {
  package struct Step: Hashable, Sendable {
    /// What refers to `node` here; for the first step `.unknown`, since a root just is.
    package let edgeKind: EdgeKind
    /// The reference's name, or its number as text.
    package let edgeName: String
    package let node: UInt32
    package let className: String
    /// The object's own name where it says more than its class: a function's.
    package let functionName: String?
    /// How often this step, or a group of two or three that ends here, came again after it.
    package internal(set) var repeatCount = 0
  }

  /// What the way starts from.
  package enum Origin: UInt8, Hashable, Sendable {
    /// A global object.
    case program = 1
    /// The engine's own roots, handles, timers and modules.
    case engine = 2
    /// A timer or another callback that waits: it holds, but mostly for a moment.
    case pending = 3
    /// A Map or a Set that the snapshot does not name.
    case unknownHolder = 4
    /// A debugger, its console, or the stack of whoever took the snapshot.
    case tooling = 5

    /// In one word, for JSON and for the wire.
    package var name: String {
      switch self {
      case .program: "program"
      case .engine: "engine"
      case .pending: "pending"
      case .unknownHolder: "unknownHolder"
      case .tooling: "tooling"
      }
    }
  }

  package let origin: Origin
  /// What the engine calls its root; nil for V8, whose root has no name.
  package let rootName: String?
  /// Groups of up to three steps that repeat are written once: a list of a million links has two.
  package let steps: [Step]
  /// How many steps it is in all.
  package let length: Int
}

extension RetainerPath {
  /// The steps as people read them, from the root to the object: `.cache: Map`, `[]: Session`,
  /// `.next: Link (and 41 more)`.
  package var text: [String] {
    let root = origin == .engine ? rootName : nil
    return [root].compactMap(\.self)
      + steps.enumerated().map { index, step in
        let label = PathLabel(step, isFirst: index == 0 && root == nil)
        return label.text + (step.repeatCount > 0 ? " (and \(step.repeatCount) more)" : "")
      }
  }
}

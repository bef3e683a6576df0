internal import HeapModel

/// The shortest ways to many objects, without a dictionary's keys.
///
/// Where an engine's root has a name the ways from it begin with that, and tell the first object by
/// what refers to it: they are a tree of their own.
struct KeylessWays {
  private let hasNamedRoot: Bool
  private var full: [PathTree]
  private let keyless: [KeylessTree]
  /// Fingerprints of ways of the trees without keys, by where they end.
  private var fingerprints: [[UInt32: FingerprintDraft]]

  /// - Parameter isSelected: one byte for each object, which ways are asked for.
  init(_ forest: RetainerForest, _ isSelected: PooledArray<Bool>) {
    let hasNamedRoot = forest.rootName != nil
    var full = (hasNamedRoot ? [true, false] : [true]).map {
      PathTree(forest, startsWithObject: $0)
    }
    for node in 0..<UInt32(isSelected.count) where isSelected.base[Int(node)] {
      guard let origin = forest.origin(of: node) else { continue }
      _ = full[Self.tree(origin, hasNamedRoot)].place(of: node)
    }
    self.hasNamedRoot = hasNamedRoot
    self.full = full
    keyless = full.map { KeylessTree($0) }
    fingerprints = full.map { _ in [:] }
  }

  private static func tree(_ origin: RetainerPath.Origin, _ hasNamedRoot: Bool) -> Int {
    origin == .engine && hasNamedRoot ? 1 : 0
  }

  /// Where the way of an object ends that was selected and has one: equal for those of one origin
  /// that are held alike.
  mutating func place(of node: UInt32, _ origin: RetainerPath.Origin) -> UInt32 {
    let tree = Self.tree(origin, hasNamedRoot)
    return keyless[tree].placeOf[Int(full[tree].place(of: node))]
  }

  /// As people read them, without the root; the middle of a long way is left out.
  func steps(_ place: UInt32, _ origin: RetainerPath.Origin) -> [String] {
    keyless[Self.tree(origin, hasNamedRoot)].steps(to: place)
  }

  /// Of all steps as they are in every run; takes the steps that no way before it had.
  ///
  /// - Parameter beginning: what stands in front of the first step.
  mutating func fingerprint(
    _ place: UInt32,
    _ origin: RetainerPath.Origin,
    beginning: FingerprintDraft
  ) -> String {
    let tree = Self.tree(origin, hasNamedRoot)
    let ways = keyless[tree].tree
    var way: [UInt32] = []
    var current = place
    while current != LabelTree.root, fingerprints[tree][current] == nil {
      way.append(current)
      current = ways.parent(of: current)
    }
    var draft = fingerprints[tree][current] ?? beginning
    for place in way.reversed() {
      draft.add(ways.label(of: place).lastingText)
      fingerprints[tree][place] = draft
    }
    return draft.text
  }
}

/// A tree of ways in which a dictionary is one way, whatever keys it has.
///
/// Where properties lead on from one place to objects that look alike, names of one `KeyForm` are one
/// way, however many there are. Of more than a few forms, words too are keys: they are written
/// `[key]`, and what lies behind them is put together. That alone depends on how many there are.
struct KeylessTree {
  private(set) var tree = LabelTree()
  /// The place here for each place of the tree it was made of.
  private(set) var placeOf: [UInt32]
  /// The names that a place's last label stands for where they are keys by their form: all of a few,
  /// and one more than are shown of many.
  private var keysOf: [UInt32: Set<String>] = [:]

  /// More properties of one kind than an object of a program is likely to have fields.
  private static let mostFields = 8

  /// Time and memory grow with the tree.
  init(_ full: PathTree) {
    placeOf = Array(repeating: LabelTree.root, count: full.tree.count)
    let children = Self.children(full.tree)
    var pending = [(place: LabelTree.root, members: [LabelTree.root])]
    while let (place, members) = pending.popLast() {
      let below = members.flatMap { children[Int($0)] }
      for (label, members, isOfOneForm) in Self.groups(below, full.tree) {
        let next = tree.place(after: place, label: tree.number(of: label))
        if isOfOneForm { note(members, of: next, full) }
        for member in members { placeOf[Int(member)] = next }
        pending.append((next, members))
      }
    }
  }

  private static func children(_ tree: LabelTree) -> [[UInt32]] {
    var children = [[UInt32]](repeating: [], count: tree.count)
    for place in 1..<UInt32(max(tree.count, 1)) {
      children[Int(tree.parent(of: place))].append(place)
    }
    return children
  }

  /// Takes over the keys of places that are one now.
  private mutating func note(_ members: [UInt32], of place: UInt32, _ full: PathTree) {
    for member in members {
      guard keysOf[place]?.count ?? 0 <= PathLabel.mostNames, let keys = full.keysOf[member] else {
        continue
      }
      keysOf[place, default: []].formUnion(keys)
    }
  }

  /// The way to a place as people read it; a few keys are all written.
  func steps(to place: UInt32) -> [String] {
    tree.steps(to: place) { place in
      var label = tree.label(of: place)
      if let keys = keysOf[place], keys.count <= PathLabel.mostNames { label.join(keys) }
      return label.text
    }
  }

  /// Places that become one, with the label they then have, and whether it has their own form.
  private static func groups(
    _ places: [UInt32],
    _ tree: LabelTree
  ) -> [(label: PathLabel, members: [UInt32], isOfOneForm: Bool)] {
    let alike = Dictionary(grouping: places) { tree.label(of: $0).skeleton }
    return alike.values.flatMap { places -> [(PathLabel, [UInt32], Bool)] in
      let byForm = Dictionary(grouping: places) { tree.label(of: $0) }
      guard byForm.count > mostFields, var label = byForm.keys.first, label.isProperty else {
        return byForm.map { ($0.key, $0.value, true) }
      }
      label.reference = .property(KeyForm.anyKey)
      return [(label, places, false)]
    }
  }
}

/// A tree of ways in which a dictionary is one way, whatever keys it has.
///
/// Where properties of more than a few names lead on from one place to objects that look alike, the
/// names are keys: they are written `[key]`, and what lies behind them is put together.
struct KeylessTree {
  private(set) var tree = LabelTree()
  /// The place here for each place of the tree it was made of.
  private(set) var placeOf: [UInt32]

  /// More properties of one kind than an object of a program is likely to have fields.
  private static let mostFields = 8

  /// Time and memory grow with the tree.
  init(_ full: LabelTree) {
    placeOf = Array(repeating: LabelTree.root, count: full.count)
    let children = Self.children(full)
    var pending = [(place: LabelTree.root, members: [LabelTree.root])]
    while let (place, members) = pending.popLast() {
      let below = members.flatMap { children[Int($0)] }
      for (label, members) in Self.groups(below, full) {
        let next = tree.place(after: place, label: tree.number(of: label))
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

  /// Places that become one, with the label they then have.
  private static func groups(
    _ places: [UInt32],
    _ tree: LabelTree
  ) -> [(label: PathLabel, members: [UInt32])] {
    let alike = Dictionary(grouping: places) { tree.label(of: $0).skeleton }
    return alike.values.flatMap { places -> [(label: PathLabel, members: [UInt32])] in
      let byLabel = Dictionary(grouping: places) { tree.label(of: $0) }
      guard byLabel.count > mostFields, var label = byLabel.keys.first, label.isProperty else {
        return byLabel.map { ($0.key, $0.value) }
      }
      label.join(Set(byLabel.keys.compactMap(\.chosenName)))
      return [(label, places)]
    }
  }
}

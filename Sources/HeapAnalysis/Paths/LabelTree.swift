/// Ways in labels, each written once with those that begin alike.
///
/// A place of the tree is a way from the root with groups of up to three labels that repeat written
/// once, as `NormalizedPath.collapse` writes it: a list of a million links has three places.
struct LabelTree {
  /// Before the first label.
  static let root: UInt32 = 0

  private struct Place: Hashable {
    var parent: UInt32
    var label: UInt32
  }

  private var places = [Place(parent: 0, label: 0)]
  private(set) var labels: [PathLabel] = []
  private var numberOfLabel: [PathLabel: UInt32] = [:]
  /// What comes after a place by a label, where it is a repetition an earlier place.
  private var placeAfter: [Place: UInt32] = [:]

  var count: Int { places.count }

  func parent(of place: UInt32) -> UInt32 { places[Int(place)].parent }

  /// The last label of a place that is not the root.
  func label(of place: UInt32) -> PathLabel { labels[Int(places[Int(place)].label)] }

  /// All labels of a place, in the order of the way.
  func way(to place: UInt32) -> [PathLabel] {
    var way: [PathLabel] = []
    var current = place
    while current != Self.root {
      way.append(label(of: current))
      current = parent(of: current)
    }
    return way.reversed()
  }

  mutating func number(of label: PathLabel) -> UInt32 {
    if let known = numberOfLabel[label] { return known }
    let number = UInt32(labels.count)
    labels.append(label)
    numberOfLabel[label] = number
    return number
  }

  /// The place of a way that is longer by one label.
  mutating func place(after parent: UInt32, label: UInt32) -> UInt32 {
    let place = Place(parent: parent, label: label)
    if let known = placeAfter[place] { return known }
    let next = placeBeforeRepetition(place) ?? UInt32(places.count)
    if next == UInt32(places.count) { places.append(place) }
    placeAfter[place] = next
    return next
  }

  /// Where a way ends without its last group, which only repeats the one before; nil if it does not.
  private func placeBeforeRepetition(_ place: Place) -> UInt32? {
    // From the end: the new label, and those of the places above it with these places.
    var tail = [place.label]
    var above: [UInt32] = []
    var current = place.parent
    while current != Self.root, tail.count < 2 * NormalizedPath.longestGroup {
      above.append(current)
      tail.append(places[Int(current)].label)
      current = places[Int(current)].parent
    }
    for width in 1...NormalizedPath.longestGroup where tail.count >= 2 * width {
      if tail[..<width] == tail[width..<(2 * width)] { return above[width - 1] }
    }
    return nil
  }
}

/// Ways in labels, each written once with those that begin alike.
///
/// A place of the tree is a way from the root with groups of up to three labels that repeat written
/// once, as `NormalizedPath.collapse` writes it: a list of a million links has three places.
struct LabelTree {
  /// Before the first label.
  static let root: UInt32 = 0

  private struct Step: Hashable {
    var parent: UInt32
    var label: UInt32
  }

  private struct Place {
    var step: Step
    /// How many labels there are.
    var depth: UInt32
    /// Where the beginning ends that is shown of a long way; the place itself while that is shorter.
    var head: UInt32
  }

  /// How many steps of a way are shown; in one that is longer one says how many are left out.
  ///
  /// With a root's name in front of them they are 64, as many as the contract takes.
  static let mostShown = 63
  private static let headLength = UInt32(mostShown / 2)

  /// Places that a tree of a heap's ways has at most; each costs some hundred bytes.
  static let mostPlaces = 1 << 18
  private let limit: Int
  /// Where all ways end that have no place of their own any more.
  private var placeOfOthers: UInt32?

  private var places = [Place(step: Step(parent: 0, label: 0), depth: 0, head: 0)]
  private(set) var labels: [PathLabel] = []
  private var numberOfLabel: [PathLabel: UInt32] = [:]
  /// What comes after a place by a label, where it is a repetition an earlier place.
  private var placeAfter: [Step: UInt32] = [:]

  /// - Parameter limit: ways to tell apart; others have one place together.
  init(limit: Int = .max) {
    self.limit = limit
  }

  var count: Int { places.count }

  func parent(of place: UInt32) -> UInt32 { places[Int(place)].step.parent }

  /// The last label of a place that is not the root.
  func label(of place: UInt32) -> PathLabel { labels[Int(places[Int(place)].step.label)] }

  /// The way to a place as people read it: of a long one its two ends, and how much is between them.
  ///
  /// - Parameter text: what the last step of a place is called.
  func steps(to place: UInt32, text: (UInt32) -> String) -> [String] {
    let depth = Int(places[Int(place)].depth)
    guard depth > Self.mostShown else { return last(depth, to: place, text) }
    let head = last(Int(Self.headLength), to: places[Int(place)].head, text)
    let tailLength = Self.mostShown - 1 - head.count
    let omitted = depth - head.count - tailLength
    return head + ["… \(omitted) steps …"] + last(tailLength, to: place, text)
  }

  private func last(_ count: Int, to place: UInt32, _ text: (UInt32) -> String) -> [String] {
    var steps: [String] = []
    var current = place
    while steps.count < count {
      steps.append(text(current))
      current = parent(of: current)
    }
    return steps.reversed()
  }

  mutating func number(of label: PathLabel) -> UInt32 {
    if let known = numberOfLabel[label] { return known }
    let number = UInt32(labels.count)
    labels.append(label)
    numberOfLabel[label] = number
    return number
  }

  /// The number of a label, nil for one that no way has yet when there is no room for another.
  mutating func numberWithinLimit(of label: PathLabel) -> UInt32? {
    places.count < limit ? number(of: label) : numberOfLabel[label]
  }

  /// The place of a way that is longer by one label.
  ///
  /// - Parameter label: nil for one that has no number any more.
  mutating func place(after parent: UInt32, label: UInt32?) -> UInt32 {
    guard let label, parent != placeOfOthers else { return others() }
    let step = Step(parent: parent, label: label)
    if let known = placeAfter[step] { return known }
    if let earlier = placeBeforeRepetition(step) {
      if places.count < limit { placeAfter[step] = earlier }
      return earlier
    }
    guard places.count < limit else { return others() }
    let next = newPlace(step)
    placeAfter[step] = next
    return next
  }

  private mutating func others() -> UInt32 {
    if let placeOfOthers { return placeOfOthers }
    let place = newPlace(Step(parent: Self.root, label: number(of: .ofOthers)))
    placeOfOthers = place
    return place
  }

  private mutating func newPlace(_ step: Step) -> UInt32 {
    let number = UInt32(places.count)
    let above = places[Int(step.parent)]
    let isHead = above.depth < Self.headLength
    places.append(
      Place(step: step, depth: above.depth + 1, head: isHead ? number : above.head)
    )
    return number
  }

  /// Where a way ends without its last group, which only repeats the one before; nil if it does not.
  private func placeBeforeRepetition(_ step: Step) -> UInt32? {
    // From the end: the new label, and those of the places above it with these places.
    var tail = [step.label]
    var above: [UInt32] = []
    var current = step.parent
    while current != Self.root, tail.count < 2 * NormalizedPath.longestGroup {
      above.append(current)
      tail.append(places[Int(current)].step.label)
      current = parent(of: current)
    }
    for width in 1...NormalizedPath.longestGroup where tail.count >= 2 * width {
      if tail[..<width] == tail[width..<(2 * width)] { return above[width - 1] }
    }
    return nil
  }
}

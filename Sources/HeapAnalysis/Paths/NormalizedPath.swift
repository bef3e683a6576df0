internal import HeapModel

/// What the paths of many objects have in common, so that one leak has one path in every process.
package struct NormalizedPath: Hashable, Sendable {
  package let origin: RetainerPath.Origin
  /// From the root to the object, each as people read it.
  package let steps: [String]
  let labels: [PathLabel]
  private let root: String?
  /// The paths that this one stands for.
  let members: [RetainerPath]

  /// One of them.
  var representative: RetainerPath { members[0] }

  static let longestGroup = 3

  /// The path that most of `paths` have, nil if there are none.
  ///
  /// Repeated links are written once, and names that differ between the paths are keys. Equals are
  /// decided by length, then by the alphabet, so that the same heap always has the same path.
  init?(_ paths: [RetainerPath]) {
    let candidates = paths.map { path in
      (path: path, labels: Self.collapse(Self.labels(path)))
    }
    let groups = Dictionary(grouping: candidates) { $0.labels.map(\.skeleton) }.values
    let best = groups.max { a, b in
      if a.count != b.count { return a.count < b.count }
      let (first, second) = (a[0].labels, b[0].labels)
      if first.count != second.count { return first.count > second.count }
      return first.map(\.text).joined() > second.map(\.text).joined()
    }
    guard let best else { return nil }
    var labels = best[0].labels
    for index in labels.indices {
      let names = Set(best.compactMap { $0.labels[index].chosenName })
      if names.count > 1 { labels[index].join(names) }
    }
    // Keys that differ may have hidden a repetition.
    self.labels = Self.collapse(labels)
    origin = best[0].path.origin
    members = best.map(\.path)
    // V8 names its kinds of roots; elsewhere the root itself says that it is one.
    root = origin == .engine ? best[0].path.rootName : nil
    steps = [root].compactMap(\.self) + self.labels.map(\.text)
  }

  /// The steps as they are in every run of the program.
  var lastingSteps: [String] { [root].compactMap(\.self) + labels.map(\.lastingText) }

  private static func labels(_ path: RetainerPath) -> [PathLabel] {
    path.steps.enumerated().map { index, step in
      PathLabel(step, isFirst: index == 0 && (path.rootName == nil || path.origin != .engine))
    }
  }

  /// Writes groups of up to three steps that repeat once: a list of a million links has three
  /// steps here.
  static func collapse(_ labels: [PathLabel]) -> [PathLabel] {
    var result: [PathLabel] = []
    for label in labels {
      result.append(label)
      for width in 1...longestGroup where result.count >= 2 * width {
        let last = result.suffix(width)
        guard result.dropLast(width).suffix(width).elementsEqual(last) else { continue }
        result.removeLast(width)
        break
      }
    }
    return result
  }
}

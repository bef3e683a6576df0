/// Finds what somebody may have meant.
package enum Suggestion {
  /// ", did you mean 'x'?" for the nearest of the words, or nothing if none is near.
  package static func sentence(for word: String, among words: [String]) -> String {
    let limit = max(1, word.count / 3)
    let near = words.map { (word: $0, distance: distance(word, $0)) }
      .filter { $0.distance <= limit || ($0.word.hasPrefix(word) && word.isEmpty == false) }
      .min { $0.distance < $1.distance }
    return near.map { ", did you mean '\($0.word)'?" } ?? ""
  }

  /// How many letters must be put in, left out, changed, or swapped with their neighbour.
  package static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left), Array(right))
    var rows = [Array(0...right.count)]
    for i in 0..<left.count {
      var row = [i + 1]
      for j in 0..<right.count {
        let changed = rows[i][j] + (left[i] == right[j] ? 0 : 1)
        var best = min(rows[i][j + 1] + 1, row[j] + 1, changed)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[left.count][right.count]
  }
}

/// A pattern without regular expressions: `*` stands for any text, `?` for any one character.
///
/// Linear in text and pattern together for one star, and never worse than their product.
package struct Glob: Hashable, Sendable {
  package let pattern: String

  package init(_ pattern: String) {
    self.pattern = pattern
  }

  package var hasWildcards: Bool {
    pattern.contains { $0 == "*" || $0 == "?" }
  }

  /// Whether the pattern stands for the whole text.
  package func matches(_ text: String) -> Bool {
    let (pattern, text) = (Array(pattern), Array(text))
    var (p, t) = (0, 0)
    // Where to go on if what follows the last star does not fit: one character later.
    var retry: (p: Int, t: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == "*" {
        retry = (p + 1, t)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
        p += 1
        t += 1
      } else if let last = retry {
        retry = (last.p, last.t + 1)
        (p, t) = (last.p, last.t + 1)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}

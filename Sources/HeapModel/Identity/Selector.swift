/// Chooses targets by label: `service=checkout,version!=1.4.1`; a comma is *and*.
package struct Selector: Hashable, Sendable {
  package struct Term: Hashable, Sendable {
    package let key: String
    package let value: String
    package let isNegated: Bool
  }

  package let terms: [Term]

  /// Reads a selector; an empty text selects everything.
  ///
  /// - Throws: `SelectorError` that names the term which cannot be read.
  package init(_ text: String) throws(SelectorError) {
    var terms: [Term] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: true) {
      terms.append(try Self.term(part))
    }
    self.terms = terms
  }

  package func matches(_ labels: TargetLabels) -> Bool {
    terms.allSatisfy { (labels[$0.key] == $0.value) != $0.isNegated }
  }

  private static func term(_ text: Substring) throws(SelectorError) -> Term {
    guard let equals = text.firstIndex(of: "=") else {
      throw SelectorError("'\(text)' is not key=value or key!=value")
    }
    var key = text[..<equals]
    let isNegated = key.last == "!"
    if isNegated { key.removeLast() }
    let known = ["service", "version", "instance", "environment"]
    guard known.contains(String(key)) else {
      throw SelectorError("'\(key)' is not a label; labels are \(known.joined(separator: ", "))")
    }
    let value = text[text.index(after: equals)...]
    return Term(key: String(key), value: String(value), isNegated: isNegated)
  }
}

/// A selector that cannot be read; the message says which term and why.
package struct SelectorError: Error, Hashable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}

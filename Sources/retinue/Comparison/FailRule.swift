internal import CommandLineArguments

/// A rule of `compare --fail-on`: `class=CheckoutSession,growth>0` or `class=*,growth>1MB`.
///
/// Growth is in objects, or with a unit in bytes.
struct FailRule: Hashable {
  enum Limit: Hashable {
    case objects(Int64)
    case bytes(Int64)
  }

  /// As it was written.
  let text: String
  /// The class's name; nil for every class.
  private let className: String?
  private let limit: Limit

  /// Nil for a text that is no rule.
  init?(_ text: String) {
    var className: Substring?
    var limit: Limit?
    // A class's name may hold a comma, so the last term is split off from behind.
    guard let comma = text.lastIndex(of: ",") else { return nil }
    for term in [text[..<comma], text[text.index(after: comma)...]] {
      if term.hasPrefix("class="), className == nil {
        className = term.dropFirst("class=".count)
      } else if term.hasPrefix("growth>"), limit == nil {
        limit = Limit(String(term.dropFirst("growth>".count)))
      } else {
        return nil
      }
    }
    guard let className, !className.isEmpty, let limit else { return nil }
    self.text = text
    self.className = className == "*" ? nil : String(className)
    self.limit = limit
  }

  /// Whether a class that grew so breaks the rule.
  func isBroken(byClass name: String, countDelta: Int64, sizeDelta: Int64) -> Bool {
    guard className == nil || className == name else { return false }
    switch limit {
    case .objects(let most): return countDelta > most
    case .bytes(let most): return sizeDelta > most
    }
  }

  static let kind = ValueKind<FailRule>(
    placeholder: "RULE",
    meaning: "a rule such as 'class=CheckoutSession,growth>0' or 'class=*,growth>1MB'",
    show: { $0.text },
    parse: { FailRule($0) }
  )
}

extension FailRule.Limit {
  /// `100` objects, or `1MB`; nil for anything else.
  fileprivate init?(_ text: String) {
    if let objects = Int64(text), objects >= 0 {
      self = .objects(objects)
    } else if let bytes = ValueKind<Int>.byteSize.parse(text), text.last?.isLetter == true {
      self = .bytes(Int64(bytes))
    } else {
      return nil
    }
  }
}

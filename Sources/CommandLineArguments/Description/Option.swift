/// What help, completions and the parser know of an option or a flag.
package struct OptionDescription: Hashable, Sendable {
  /// The name without its dashes.
  package let name: String
  package let short: Character?
  /// What stands for the value in the help; nil for a flag, which has none.
  package let placeholder: String?
  package let help: String
  /// The environment variable that is read where the option is not given.
  package let environment: String?
  package let defaultText: String?
  package let isRequired: Bool
  package let isRepeatable: Bool
  package let completion: Completion

  package var longForm: String { "--\(name)" }
}

/// An option of any type, as a command lists it.
package protocol AnyOption: Sendable {
  var description: OptionDescription { get }

  /// The value that the given texts stand for.
  func value(of given: [GivenText]) throws(UsageError) -> any Sendable
}

/// A text from the command line or the environment, and where it stood.
package struct GivenText: Hashable, Sendable {
  package let text: String
  /// For error messages: `--count`, or the name of the variable.
  package let origin: String

  package init(text: String, origin: String) {
    self.text = text
    self.origin = origin
  }
}

/// An option, a flag, or an option that may be repeated; also the key to its value.
///
/// Written once, listed by every command that knows it, and asked for by it:
///
///     static let count = Option.defaulted("count", .integer(in: 2...100), to: 3, help: "…")
///     …
///     let count = arguments[Self.count]  // an Int
package struct Option<Value: Sendable>: AnyOption {
  package let description: OptionDescription
  private let read: @Sendable ([GivenText]) throws(UsageError) -> Value

  private init(
    _ description: OptionDescription,
    read: @escaping @Sendable ([GivenText]) throws(UsageError) -> Value
  ) {
    self.description = description
    self.read = read
  }

  package func value(of given: [GivenText]) throws(UsageError) -> any Sendable {
    try read(given)
  }
}

extension Option {
  /// An option that need not be given; nil then.
  package static func optional<Base>(
    _ name: String,
    short: Character? = nil,
    _ kind: ValueKind<Base>,
    environment: String? = nil,
    help: String
  ) -> Option<Base?> where Value == Base? {
    let description = OptionDescription(name, short, kind, help, environment: environment)
    return Option<Base?>(description) { given throws(UsageError) in
      guard let given = try only(given) else { return nil }
      return try kind.value(of: given)
    }
  }

  /// An option that stands for a value of ours where it is not given.
  package static func defaulted(
    _ name: String,
    short: Character? = nil,
    _ kind: ValueKind<Value>,
    to standard: Value,
    environment: String? = nil,
    help: String
  ) -> Option<Value> {
    let description = OptionDescription(
      name,
      short,
      kind,
      help,
      environment: environment,
      defaultText: kind.show(standard)
    )
    return Option<Value>(description) { given throws(UsageError) in
      guard let given = try only(given) else { return standard }
      return try kind.value(of: given)
    }
  }

  /// An option that must be given.
  package static func required(
    _ name: String,
    short: Character? = nil,
    _ kind: ValueKind<Value>,
    environment: String? = nil,
    help: String
  ) -> Option<Value> {
    let description = OptionDescription(
      name,
      short,
      kind,
      help,
      environment: environment,
      isRequired: true
    )
    return Option<Value>(description) { given throws(UsageError) in
      guard let given = try only(given) else {
        let other = environment.map { " (or the environment variable \($0))" } ?? ""
        throw UsageError("--\(name) \(kind.placeholder) is missing\(other)")
      }
      return try kind.value(of: given)
    }
  }

  /// An option that may be given any number of times; its values in that order.
  package static func repeated<Base>(
    _ name: String,
    short: Character? = nil,
    _ kind: ValueKind<Base>,
    help: String
  ) -> Option<[Base]> where Value == [Base] {
    let description = OptionDescription(name, short, kind, help, isRepeatable: true)
    return Option<[Base]>(description) { given throws(UsageError) in
      var values: [Base] = []
      for text in given { values.append(try kind.value(of: text)) }
      return values
    }
  }

  private static func only(_ given: [GivenText]) throws(UsageError) -> GivenText? {
    guard given.count <= 1 else { throw UsageError("\(given[1].origin) is given twice") }
    return given.first
  }
}

extension Option where Value == Bool {
  /// An option without a value: true where it is given.
  package static func flag(_ name: String, short: Character? = nil, help: String) -> Option<Bool> {
    let description = OptionDescription(
      name: name,
      short: short,
      placeholder: nil,
      help: help,
      environment: nil,
      defaultText: nil,
      isRequired: false,
      isRepeatable: true,
      completion: .nothing
    )
    return Option<Bool>(description) { given throws(UsageError) in given.isEmpty == false }
  }
}

extension OptionDescription {
  fileprivate init<Base>(
    _ name: String,
    _ short: Character?,
    _ kind: ValueKind<Base>,
    _ help: String,
    environment: String? = nil,
    defaultText: String? = nil,
    isRequired: Bool = false,
    isRepeatable: Bool = false
  ) {
    self.init(
      name: name,
      short: short,
      placeholder: kind.placeholder,
      help: help,
      environment: environment,
      defaultText: defaultText,
      isRequired: isRequired,
      isRepeatable: isRepeatable,
      completion: kind.completion
    )
  }
}

extension ValueKind {
  func value(of given: GivenText) throws(UsageError) -> Value {
    guard let value = parse(given.text) else {
      throw UsageError("\(given.origin): '\(given.text)' is not \(meaning)")
    }
    return value
  }
}

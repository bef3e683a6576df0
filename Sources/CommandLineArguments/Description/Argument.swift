/// What help, completions and the parser know of an argument.
package struct ArgumentDescription: Hashable, Sendable {
  package let placeholder: String
  package let help: String
  /// The fewest and the most of it; only the last argument of a command may have more than one.
  package let atLeast: Int
  package let atMost: Int
  package let completion: Completion

  /// How the usage line shows it.
  package var usage: String {
    let one = placeholder + (atMost > 1 ? "…" : "")
    return atLeast == 0 ? "[\(one)]" : one
  }
}

/// An argument of any type, as a command lists it.
package protocol AnyArgument: Sendable {
  var description: ArgumentDescription { get }

  /// The value that the given texts, whose number is right, stand for.
  func value(of given: [GivenText]) throws(UsageError) -> any Sendable
}

/// What stands on the command line without an option; also the key to its value.
package struct Argument<Value: Sendable>: AnyArgument {
  package let description: ArgumentDescription
  private let read: @Sendable ([GivenText]) throws(UsageError) -> Value

  private init(
    _ description: ArgumentDescription,
    read: @escaping @Sendable ([GivenText]) throws(UsageError) -> Value
  ) {
    self.description = description
    self.read = read
  }

  package func value(of given: [GivenText]) throws(UsageError) -> any Sendable {
    try read(given)
  }

  /// An argument that must be given.
  package static func required(_ kind: ValueKind<Value>, help: String) -> Argument<Value> {
    Argument<Value>(ArgumentDescription(kind, help, 1, 1)) { given throws(UsageError) in
      try kind.value(of: given[0])
    }
  }

  /// An argument that need not be given; nil then.
  package static func optional<Base>(
    _ kind: ValueKind<Base>,
    help: String
  ) -> Argument<Base?> where Value == Base? {
    Argument<Base?>(ArgumentDescription(kind, help, 0, 1)) { given throws(UsageError) in
      guard let given = given.first else { return nil }
      return try kind.value(of: given)
    }
  }

  /// As many arguments as are left, in their order.
  package static func variadic<Base>(
    _ kind: ValueKind<Base>,
    atLeast: Int = 0,
    help: String
  ) -> Argument<[Base]> where Value == [Base] {
    Argument<[Base]>(ArgumentDescription(kind, help, atLeast, .max)) { given throws(UsageError) in
      var values: [Base] = []
      for text in given { values.append(try kind.value(of: text)) }
      return values
    }
  }
}

extension ArgumentDescription {
  fileprivate init<Base>(_ kind: ValueKind<Base>, _ help: String, _ atLeast: Int, _ atMost: Int) {
    self.init(
      placeholder: kind.placeholder,
      help: help,
      atLeast: atLeast,
      atMost: atMost,
      completion: kind.completion
    )
  }
}

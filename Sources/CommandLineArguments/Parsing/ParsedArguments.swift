/// The values of one command's options and arguments, found by the descriptions themselves.
package struct ParsedArguments: Sendable {
  private var options: [String: any Sendable] = [:]
  private var arguments: [String: any Sendable] = [:]
  private var given: Set<String> = []

  init() {}

  package subscript<Value>(option: Option<Value>) -> Value {
    guard let value = options[option.description.name] as? Value else {
      preconditionFailure("the command does not list \(option.description.longForm)")
    }
    return value
  }

  package subscript<Value>(argument: Argument<Value>) -> Value {
    guard let value = arguments[argument.description.placeholder] as? Value else {
      preconditionFailure("the command does not list \(argument.description.placeholder)")
    }
    return value
  }

  /// Somebody gave the option, here or in the environment: its value is not the standard one.
  package func isGiven(_ option: any AnyOption) -> Bool {
    given.contains(option.description.name)
  }

  mutating func set(_ option: any AnyOption, _ value: any Sendable, isGiven: Bool) {
    options[option.description.name] = value
    if isGiven { given.insert(option.description.name) }
  }

  mutating func set(_ argument: any AnyArgument, _ value: any Sendable) {
    arguments[argument.description.placeholder] = value
  }
}

/// The values of one command's options and arguments, found by the descriptions themselves.
package struct ParsedArguments: Sendable {
  private var options: [String: any Sendable] = [:]
  private var arguments: [String: any Sendable] = [:]

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

  mutating func set(_ option: any AnyOption, _ value: any Sendable) {
    options[option.description.name] = value
  }

  mutating func set(_ argument: any AnyArgument, _ value: any Sendable) {
    arguments[argument.description.placeholder] = value
  }
}

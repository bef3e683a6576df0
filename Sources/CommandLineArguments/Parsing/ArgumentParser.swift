/// Reads the words behind one command that does something.
///
/// `--name value`, `--name=value`, `-n value`, `-nvalue`; flags in a row (`-jv`); options and
/// arguments in any order; `--` before arguments that look like options.
struct ArgumentParser {
  private let command: Command
  private var rest: ArraySlice<String>
  private var options: [String: [GivenText]] = [:]
  private var arguments: [String] = []

  init(_ command: Command, words: ArraySlice<String>) {
    self.command = command
    rest = words
  }

  /// The values of all options and arguments, or nil where the help is asked for.
  mutating func parse(environment: (String) -> String?) throws(UsageError) -> ParsedArguments? {
    while let word = rest.popFirst() {
      if word == "--" {
        arguments += rest
        rest = []
      } else if word.hasPrefix("--") {
        guard try takeLong(word) else { return nil }
      } else if word.hasPrefix("-"), word != "-" {
        guard try takeShort(word) else { return nil }
      } else {
        arguments.append(word)
      }
    }
    var parsed = ParsedArguments()
    try readOptions(environment: environment, into: &parsed)
    try readArguments(into: &parsed)
    return parsed
  }

  /// Takes an option with its value; answers false for `--help`.
  private mutating func takeLong(_ word: String) throws(UsageError) -> Bool {
    let parts = word.dropFirst(2).split(
      separator: "=",
      maxSplits: 1,
      omittingEmptySubsequences: false
    )
    let name = String(parts[0])
    guard let option = command.options.first(where: { $0.description.name == name }) else {
      if name == "help" { return false }
      let known = command.options.map(\.description.longForm)
      let suggestion = Suggestion.sentence(for: "--\(name)", among: known)
      throw UsageError("unknown option '--\(name)'\(suggestion)")
    }
    let value = parts.count > 1 ? String(parts[1]) : nil
    try take(option.description, value, origin: "--\(name)")
    return true
  }

  /// Takes flags in a row, the last of which may be an option with a value; false for `-h`.
  private mutating func takeShort(_ word: String) throws(UsageError) -> Bool {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      guard let option = command.options.first(where: { $0.description.short == letter }) else {
        if letter == "h" { return false }
        throw UsageError("unknown option '-\(letter)'")
      }
      if option.description.placeholder == nil {
        try take(option.description, nil, origin: "-\(letter)")
      } else {
        let value =
          letters.isEmpty ? nil : String(letters.first == "=" ? letters.dropFirst() : letters)
        try take(option.description, value, origin: "-\(letter)")
        return true
      }
    }
    return true
  }

  private mutating func take(
    _ option: OptionDescription,
    _ attached: String?,
    origin: String
  ) throws(UsageError) {
    guard let placeholder = option.placeholder else {
      guard attached == nil else { throw UsageError("\(origin) takes no value") }
      options[option.name, default: []].append(GivenText(text: "", origin: origin))
      return
    }
    guard let value = attached ?? takeValue() else {
      throw UsageError("\(origin) needs a value: \(origin) \(placeholder)")
    }
    options[option.name, default: []].append(GivenText(text: value, origin: origin))
  }

  /// The next word, unless it is one of the command's own options.
  private mutating func takeValue() -> String? {
    guard let word = rest.first, isOption(word) == false else { return nil }
    return rest.popFirst()
  }

  private func isOption(_ word: String) -> Bool {
    command.options.contains { option in
      let description = option.description
      return word == description.longForm || word.hasPrefix("\(description.longForm)=")
        || description.short.map { word == "-\($0)" } == true
    }
  }

  private func readOptions(
    environment: (String) -> String?,
    into parsed: inout ParsedArguments
  ) throws(UsageError) {
    for option in command.options {
      var given = options[option.description.name] ?? []
      if given.isEmpty, let variable = option.description.environment,
        let text = environment(variable), text.isEmpty == false
      {
        given = [GivenText(text: text, origin: variable)]
      }
      parsed.set(option, try option.value(of: given), isGiven: !given.isEmpty)
    }
  }

  private func readArguments(into parsed: inout ParsedArguments) throws(UsageError) {
    var rest = arguments[...]
    for argument in command.arguments {
      let description = argument.description
      let texts = rest.prefix(description.atMost)
      guard texts.count >= description.atLeast else {
        throw UsageError(missing(description, given: texts.count))
      }
      rest = rest.dropFirst(texts.count)
      let given = texts.map { GivenText(text: $0, origin: description.placeholder) }
      parsed.set(argument, try argument.value(of: given))
    }
    if let word = rest.first {
      throw UsageError("unexpected argument '\(word)'")
    }
  }

  private func missing(_ argument: ArgumentDescription, given: Int) -> String {
    guard argument.atLeast > 1 else { return "\(argument.placeholder) is missing" }
    return "at least \(argument.atLeast) \(argument.placeholder) are needed, \(given) given"
  }
}

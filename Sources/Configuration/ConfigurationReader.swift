/// Reads a group of keys: each is asked for once, and what is left over is an error.
///
/// So the code that reads a group is the list of its keys; no second one can disagree with it.
///
///     var reader = try ConfigurationReader(value)
///     let folder = try reader.required("folder").text()
///     let isDeep = try reader.optional("deep")?.bool() ?? false
///     try reader.finish()
package struct ConfigurationReader: ~Copyable {
  private let value: ConfigurationValue
  private let members: [YAMLNode.Member]
  private var asked: [String] = []

  /// Takes a value that must be a group of keys; nothing at all is an empty one.
  package init(_ value: ConfigurationValue) throws(ConfigurationError) {
    self.value = value
    switch value.node.content {
    case .mapping(let members): self.members = members
    case .scalar("", isQuoted: false): self.members = []
    default: throw value.error("expected a group of keys, found \(value.node.kind)")
    }
  }

  /// The value of a key, if it is there.
  package mutating func optional(_ key: String) -> ConfigurationValue? {
    asked.append(key)
    guard let member = members.first(where: { $0.key == key }) else { return nil }
    return child(member)
  }

  /// The value of a key that must be there.
  package mutating func required(_ key: String) throws(ConfigurationError) -> ConfigurationValue {
    guard let value = optional(key) else {
      throw self.value.error("the key '\(key)' is missing")
    }
    return value
  }

  /// All keys with their values, for a group whose keys are the user's own names.
  package mutating func all() -> [(key: String, value: ConfigurationValue)] {
    asked += members.map(\.key)
    return members.map { (key: $0.key, value: child($0)) }
  }

  /// Refuses keys that nobody asked for.
  package consuming func finish() throws(ConfigurationError) {
    guard let member = members.first(where: { asked.contains($0.key) == false }) else { return }
    let known = asked.sorted().joined(separator: ", ")
    let place = value.path.isEmpty ? "" : "\(value.path): "
    throw ConfigurationError(
      "\(place)unknown key '\(member.key)'; known here: \(known)",
      at: member.position
    )
  }

  private func child(_ member: YAMLNode.Member) -> ConfigurationValue {
    let path = value.path.isEmpty ? member.key : "\(value.path).\(member.key)"
    return ConfigurationValue(member.value, path: path)
  }
}

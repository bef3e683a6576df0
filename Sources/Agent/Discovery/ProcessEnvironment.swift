/// The few variables of a process that say how it is labelled and inspected.
///
/// An environment holds secrets, so everything else is forgotten as soon as it was read.
package struct ProcessEnvironment: Sendable, Hashable {
  private var values: [String: String]

  /// Takes what is ours out of a list of `NAME=value` entries, each ended by a zero byte.
  ///
  /// - Parameter others: names that the configuration's rules ask for.
  package init(bytes: [UInt8], others: Set<String> = []) {
    var values: [String: String] = [:]
    for entry in bytes.split(separator: 0) {
      guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = String(decoding: entry[..<equals], as: UTF8.self)
      guard Self.isOurs(name) || others.contains(name), values[name] == nil else { continue }
      values[name] = String(decoding: entry[entry.index(after: equals)...], as: UTF8.self)
    }
    self.values = values
  }

  package init(_ values: [String: String] = [:]) {
    self.values = values
  }

  /// What the configuration's rules may ask for.
  var all: [String: String] { values }

  /// The value of a variable; an empty one counts as not set.
  package subscript(name: String) -> String? {
    guard let value = values[name], !value.isEmpty else { return nil }
    return value
  }

  private static func isOurs(_ name: String) -> Bool {
    name.hasPrefix("RETINUE_") || names.contains(name)
  }

  private static let names: Set<String> = Set(
    [
      "OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES",
      "NODE_OPTIONS", "BUN_INSPECT", "BUN_OPTIONS", BunOptions.caller, "LISTEN_FDS",
      WebKitOptions.variable,
    ] + PodLabels.variables
  )
}

package import Configuration
package import HeapModel

/// The labels of a target: what the process says of itself, then what the host's configuration
/// says of it, then what can be guessed.
package enum ProcessLabels {
  /// - Parameters:
  ///   - rule: what the first rule sets that matches the process, and before it what the
  ///     configuration says of a target it names
  ///   - common: the configuration's labels of every target
  package static func labels(
    of process: DiscoveredProcess,
    rule: LabelSet?,
    common: LabelSet,
    hostName: String
  ) -> TargetLabels {
    let environment = process.facts.environment
    let told = retinue(environment)
      .filled(from: openTelemetry(environment))
      .filled(from: rule ?? LabelSet())
      .filled(from: common)
    let place =
      process.facts.processID == 0
      ? process.facts.startTicks : UInt64(process.facts.processID.magnitude)
    return TargetLabels(
      service: told.service ?? inferredService(process),
      version: told.version ?? "",
      instance: told.instance ?? "\(hostName):\(place)",
      environment: told.environment ?? "",
      isServiceInferred: told.service == nil
    )
  }

  /// The script as the process names it; empty where it has none.
  package static func title(of process: DiscoveredProcess) -> String {
    let arguments = process.facts.arguments
    let script =
      switch process.runtime {
      case .bun: BunOptions.script(in: arguments)
      case .deno: DenoOptions.script(in: arguments)
      case .chromium, .workerd, .firefox: String(process.facts.executableName)
      default: NodeOptions.script(in: arguments)
      }
    return script ?? arguments.first ?? process.facts.executable
  }

  private static func retinue(_ environment: ProcessEnvironment) -> LabelSet {
    LabelSet(
      service: environment["RETINUE_SERVICE"],
      version: environment["RETINUE_VERSION"],
      instance: environment["RETINUE_INSTANCE"],
      environment: environment["RETINUE_ENVIRONMENT"]
    )
  }

  private static func openTelemetry(_ environment: ProcessEnvironment) -> LabelSet {
    let attributes = ResourceAttributes(environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "")
    return LabelSet(
      service: environment["OTEL_SERVICE_NAME"] ?? attributes["service.name"],
      version: attributes["service.version"],
      instance: attributes["service.instance.id"],
      environment: attributes["deployment.environment.name"]
        ?? attributes["deployment.environment"]
    )
  }

  /// The script's name without folder and ending: `/srv/checkout.mjs` is `checkout`.
  private static func inferredService(_ process: DiscoveredProcess) -> String {
    let name = title(of: process).split(separator: "/").last ?? ""
    let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name
    return stem.isEmpty ? process.runtime.rawValue : String(stem)
  }
}

/// `OTEL_RESOURCE_ATTRIBUTES`: `key=value,key=value`, percent-encoded as in W3C Baggage.
struct ResourceAttributes {
  private var values: [String: String] = [:]

  init(_ text: String) {
    for pair in text.split(separator: ",") {
      guard let equals = pair.firstIndex(of: "=") else { continue }
      let key = Self.trimmed(pair[..<equals])
      let value = Self.decoded(Self.trimmed(pair[pair.index(after: equals)...]))
      if !key.isEmpty, !value.isEmpty { values[String(key)] = value }
    }
  }

  subscript(key: String) -> String? { values[key] }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }

  /// What is no valid escape stays as it is written.
  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

internal import HeapModel

/// The labels of a target: what the process says of itself, then what the host's configuration
/// says of it, then what Kubernetes says of its pod, then what can be guessed.
package enum ProcessLabels {
  /// All labels that anything is known of; service and instance are always among them.
  ///
  /// - Parameters:
  ///   - configured: what the configuration says of the process, nearest first
  ///   - pod: what is known of the pod that the agent shares with the process
  package static func told(
    of process: DiscoveredProcess,
    configured: [ToldLabels] = [],
    pod: ToldLabels = ToldLabels(),
    hostName: String
  ) -> ToldLabels {
    let environment = process.facts.environment
    let own = retinue(environment).filled(from: openTelemetry(environment))
    let said = configured.reduce(own) { $0.filled(from: $1) }
    return
      said
      .filled(from: PodLabels.labels(of: { environment[$0] }))
      .filled(from: pod)
      .filled(from: guessed(process, hostName: hostName))
  }

  private static func guessed(_ process: DiscoveredProcess, hostName: String) -> ToldLabels {
    let facts = process.facts
    let place = facts.processID == 0 ? facts.startTicks : UInt64(facts.processID.magnitude)
    return ToldLabels(
      service: ToldLabel(inferredService(process), from: "its script's name", isInferred: true),
      instance: ToldLabel("\(hostName):\(place)", from: "host and pid", isInferred: true)
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

  private static func retinue(_ environment: ProcessEnvironment) -> ToldLabels {
    func told(_ name: String) -> ToldLabel? { ToldLabel(firstOf: [name], in: { environment[$0] }) }
    return ToldLabels(
      service: told("RETINUE_SERVICE"),
      version: told("RETINUE_VERSION"),
      instance: told("RETINUE_INSTANCE"),
      environment: told("RETINUE_ENVIRONMENT")
    )
  }

  private static func openTelemetry(_ environment: ProcessEnvironment) -> ToldLabels {
    let attributes = ResourceAttributes(environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "")
    func attribute(_ names: String...) -> ToldLabel? {
      ToldLabel(firstOf: names, in: { attributes[$0] }, prefix: "OTEL_RESOURCE_ATTRIBUTES ")
    }
    return ToldLabels(
      service: ToldLabel(firstOf: ["OTEL_SERVICE_NAME"], in: { environment[$0] })
        ?? attribute("service.name"),
      version: attribute("service.version"),
      instance: attribute("service.instance.id"),
      environment: attribute("deployment.environment.name", "deployment.environment")
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

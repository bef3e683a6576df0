internal import FleetProtocol
internal import HeapModel
internal import JSONStream

extension TargetEvent {
  /// The fields by which every command says how it went at a target.
  func writeOutcome(to json: inout JSONWriter) {
    json.field("targetID", targetID.description)
    json.field("service", service)
    json.field("version", version)
    json.field("instance", instance)
    json.field("state", state.name)
    json.optional("reason", reason)
    json.optional("reasonCode", reasonCode)
  }
}

extension TargetEvent.State {
  /// The word in JSON.
  var name: String {
    switch self {
    case .waiting: "waiting"
    case .running: "running"
    case .done: "done"
    case .refused: "refused"
    case .failed: "failed"
    }
  }
}

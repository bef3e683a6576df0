internal import CFleetMessages
package import HeapModel

/// `Target`: a target as an agent sees it.
extension TargetDescription: FleetMessage {}

extension TargetDescription: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__target__init)

  init() {
    self.init(
      id: TargetID(high: 0, low: 0),
      labels: TargetLabels(service: ""),
      runtime: .node,
      runtimeVersion: "",
      processID: 0,
      bootID: "",
      hostName: "",
      title: "",
      state: .gone,
      startedAt: 0
    )
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Target,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.target(&id, &raw.id, "id")
    try fields.text(&labels.service, &raw.service, "service")
    try fields.text(&labels.version, &raw.version, "version")
    try fields.text(&labels.instance, &raw.instance, "instance")
    try fields.text(&labels.environment, &raw.environment, "environment")
    fields.flag(&labels.isServiceInferred, &raw.service_inferred)
    try fields.runtime(&runtime, &raw.runtime, &raw.engine)
    try fields.text(&runtimeVersion, &raw.runtime_version, "runtime_version")
    fields.value(&processID, &raw.process_id)
    try fields.text(&bootID, &raw.boot_id, "boot_id")
    try fields.text(&hostName, &raw.host_name, "host_name")
    try fields.text(&title, &raw.title, "title")
    try fields.word(&state, &raw.state, "state")
    try fields.text(&stateDetail, &raw.state_detail, "state_detail")
    var bits = capabilities.rawValue
    fields.value(&bits, &raw.capabilities)
    capabilities = Capabilities(rawValue: bits)
    fields.value(&startedAt, &raw.started_unix_nanos)
  }
}

extension Fields {
  /// A runtime by name, with its engine beside it for readers that do not know the runtime.
  func runtime(
    _ runtime: inout RuntimeKind,
    _ rawRuntime: inout RawText?,
    _ rawEngine: inout RawText?
  ) throws(FleetError) {
    var name = runtime.rawValue
    var engine = runtime.engine.name
    try text(&name, &rawRuntime, "runtime")
    try text(&engine, &rawEngine, "engine")
    guard isReading else { return }
    guard let known = RuntimeKind(rawValue: name) else {
      throw FleetError(.unsupported, "runtime '\(name)' is not known to this version")
    }
    guard known.engine.name == engine else {
      throw FleetError(.malformed, "runtime '\(name)' does not embed engine '\(engine)'")
    }
    runtime = known
  }
}

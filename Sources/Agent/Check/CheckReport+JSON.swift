internal import Configuration
internal import Connections
internal import HeapModel
internal import InspectorProtocols
internal import JSONStream

extension CheckReport {
  /// Raised when a field changes its meaning or goes, not when one is added.
  private static let schemaVersion = 1

  /// One object, as `docs/cli-json.md` describes it.
  package var json: [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.key("schemaVersion")
    json.number(Self.schemaVersion)
    json.key("processes")
    json.beginArray()
    for plan in plans { Self.write(plan, to: &json) }
    json.endArray()
    json.key("notes")
    json.beginArray()
    for note in notes { json.string(note) }
    json.endArray()
    json.endObject()
    return json.takeBytes()
  }

  private static func write(_ plan: WatchPlan, to json: inout JSONWriter) {
    let facts = plan.process.facts
    json.beginObject()
    json.optional("pid", facts.processID > 0 ? Int(facts.processID) : nil)
    json.optional("runtime", plan.process.runtime.rawValue)
    json.optional("title", ProcessLabels.title(of: plan.process))
    json.optional("executable", facts.executable.isEmpty ? nil : facts.executable)
    json.optional("action", plan.action.word)
    switch plan.action {
    case .attach(let endpoint), .visit(let endpoint):
      json.optional("inspector", "\(endpoint.address)")
      json.optional("reason", nil as String?)
    case .open(let port):
      json.optional("inspector", "127.0.0.1:\(port)")
      json.optional("reason", "a rule says so")
    case .list(let advice):
      json.optional("inspector", nil as String?)
      json.optional("reason", advice)
    case .ignore:
      json.optional("inspector", nil as String?)
      json.optional("reason", "a rule says so")
    }
    json.optional("ruleLine", plan.rule?.line)
    json.optional("mode", plan.mode.rawValue)
    json.optional("modeOrigin", plan.modeOrigin)
    json.key("labels")
    json.beginObject()
    json.label("service", plan.labels.service)
    json.label("version", plan.labels.version)
    json.label("instance", plan.labels.instance)
    json.label("environment", plan.labels.environment)
    json.endObject()
    json.key("budget")
    json.beginObject()
    json.optional("snapshotsPerDay", plan.budget.snapshotsPerDay)
    json.optional("longestPause", plan.budget.longestPause)
    json.optional("memory", plan.budget.memory)
    json.endObject()
    let schedule = plan.rule?.treatment?.schedule
    json.key("schedule")
    json.beginObject()
    json.optional("snapshotEvery", schedule?.snapshotEvery)
    json.optional("sampleEvery", schedule?.sampleEvery)
    json.optional("sampleFor", schedule?.sampleEvery == nil ? nil : schedule?.sampleFor)
    json.optional("sampleInterval", schedule?.sampleInterval)
    let samplingRefusal = plan.process.runtime.scheduledSamplingRefusal
    json.optional("samplingRefusal", schedule?.sampleEvery == nil ? nil : samplingRefusal)
    json.endObject()
    json.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func optional(_ key: String, _ value: String?) {
    self.key(key)
    if let value { string(value) } else { null() }
  }

  fileprivate mutating func optional(_ key: String, _ value: Int?) {
    self.key(key)
    if let value { number(value) } else { null() }
  }

  /// In milliseconds.
  fileprivate mutating func optional(_ key: String, _ value: Duration?) {
    optional(key, value.map { Int($0.nanoseconds / 1_000_000) })
  }

  fileprivate mutating func label(_ key: String, _ label: ToldLabel?) {
    self.key(key)
    guard let label else {
      null()
      return
    }
    beginObject()
    optional("value", label.value)
    optional("origin", label.origin)
    self.key("inferred")
    bool(label.isInferred)
    endObject()
  }
}

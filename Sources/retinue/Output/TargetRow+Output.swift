internal import FleetProtocol
internal import HeapModel
internal import JSONStream

extension TargetRow {
  /// The fields of a row of `retinue targets --json`.
  func write(to json: inout JSONWriter) {
    json.field("id", target.id.description)
    json.field("service", target.labels.service)
    json.field("serviceInferred", target.labels.isServiceInferred)
    json.field("version", target.labels.version)
    json.field("instance", target.labels.instance)
    json.field("environment", target.labels.environment)
    json.field("runtime", target.runtime.rawValue)
    json.field("runtimeVersion", target.runtimeVersion)
    json.field("engine", target.runtime.engine.name)
    json.optional("pid", target.processID)
    json.field("host", target.hostName)
    json.field("bootID", target.bootID)
    json.field("title", target.title)
    json.field("state", target.state.name)
    json.optional("stateDetail", target.stateDetail)
    json.field("capabilities", target.capabilities.words)
    json.time("startedAt", target.startedAt)
    json.time("lastSeen", lastSeen)
    json.field("agentID", agentID)
    writeUsage(to: &json)
    writeGrowth(to: &json)
  }

  private func writeUsage(to json: inout JSONWriter) {
    json.time("measuredAt", usage?.time ?? 0)
    json.field("heapUsed", usage?.used)
    json.field("heapTotal", usage?.total)
    json.field("heapLimit", usage?.limit)
    json.field("external", usage?.external)
    json.field("arrayBuffers", usage?.arrayBuffers)
    json.field("residentSize", usage?.residentSize)
    json.field("proportionalSize", usage?.proportionalSize)
    json.field("documents", usage?.documents?.documents)
    json.field("domNodes", usage?.documents?.nodes)
    json.field("eventListeners", usage?.documents?.eventListeners)
    json.array("spaces", usage?.spaces ?? []) { json, space in
      json.object { json in
        json.field("name", space.name)
        json.field("used", space.used)
        json.field("size", space.size)
      }
    }
  }

  private func writeGrowth(to json: inout JSONWriter) {
    json.field("growthPerHour", growth?.bytesPerHour)
    json.field("growthLow", growth?.low)
    json.field("growthHigh", growth?.high)
    json.field("growthPoints", growth?.points ?? 0)
  }

  /// What a person calls it: `checkout web-1`.
  var title: String {
    [target.labels.service, target.labels.instance].filter { !$0.isEmpty }.joined(separator: " ")
  }
}

extension Capabilities {
  /// What the target can be asked for, in the words of the API.
  var words: [String] {
    Self.names.filter { contains($0.0) }.map(\.1)
  }

  /// What it cannot be asked for, as a person would say it.
  var missing: [String] {
    Self.sentences.filter { !contains($0.0) }.map(\.1)
  }

  private static let sentences: [(Capabilities, String)] = [
    (.snapshot, "heap snapshots"),
    (.comparisonByID, "objects followed over a series"),
    (.sampling, "sampling of allocations"),
    (.forcedCollection, "a collection on request"),
    (.collectionEvents, "counts and pauses of collections"),
    (.liveUsage, "heap usage between collections"),
    (.heapSpaces, "sizes of heap spaces"),
    (.collectionContents, "paths out of a Map or a Set"),
    (.locations, "source positions"),
    (.allocationTimeline, "allocation timelines"),
    (.collectionWindow, "single collections on request"),
    (.census, "counts by class without a snapshot"),
  ]
}

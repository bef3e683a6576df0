internal import CFleetMessages

/// Asks how those objects of a snapshot are held of which all conditions are true.
package struct FindPathsRequest: FleetMessage {
  package var snapshotID: String
  /// As of `FindObjectsRequest`; at most 64.
  package var conditions: [String]
  /// How many paths of the answer are left out at its beginning.
  package var offset: UInt64
  /// How many paths are answered, at most 1,024; with 0 the sums only.
  package var limit: UInt32
  /// Until the analysis is there, at most 60,000.
  package var waitMilliseconds: UInt32

  package init(
    snapshotID: String,
    conditions: [String] = [],
    offset: UInt64 = 0,
    limit: UInt32 = 0,
    waitMilliseconds: UInt32 = 0
  ) {
    self.snapshotID = snapshotID
    self.conditions = conditions
    self.offset = offset
    self.limit = limit
    self.waitMilliseconds = waitMilliseconds
  }
}

extension FindPathsRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__find_paths_request__init)

  init() {
    self.init(snapshotID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FindPathsRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&snapshotID, &raw.snapshot_id, "snapshot_id")
    try fields.texts(
      &conditions,
      &raw.conditions,
      &raw.n_conditions,
      "conditions",
      maximum: FleetLimits.conditions
    )
    fields.value(&offset, &raw.offset)
    fields.value(&limit, &raw.limit)
    try fields.wait(&waitMilliseconds, &raw.wait_millis)
  }
}

/// How what was found is held; sums are of all of it, paths are as many as fit.
package struct FindPathsReply: FleetMessage {
  package var engine: String
  package var count: UInt64
  /// Bytes.
  package var selfSize: UInt64
  /// Bytes that all that was found keeps alive together, each once.
  package var retainedSize: UInt64
  /// Objects that nothing keeps alive.
  package var pathlessCount: UInt64
  package var pathlessSelfSize: UInt64
  package var pathCount: UInt64
  /// What keeps most alive first, and last what only a debugger holds; at most 1,024 on the wire.
  package var paths: [FoundPath]

  package init(
    engine: String = "",
    count: UInt64 = 0,
    selfSize: UInt64 = 0,
    retainedSize: UInt64 = 0,
    pathlessCount: UInt64 = 0,
    pathlessSelfSize: UInt64 = 0,
    pathCount: UInt64 = 0,
    paths: [FoundPath] = []
  ) {
    self.engine = engine
    self.count = count
    self.selfSize = selfSize
    self.retainedSize = retainedSize
    self.pathlessCount = pathlessCount
    self.pathlessSelfSize = pathlessSelfSize
    self.pathCount = pathCount
    self.paths = paths
  }
}

extension FindPathsReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__find_paths_reply__init)

  init() {
    self.init(engine: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FindPathsReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&engine, &raw.engine, "engine")
    fields.value(&count, &raw.count)
    fields.value(&selfSize, &raw.self_size)
    fields.value(&retainedSize, &raw.retained_size)
    fields.value(&pathlessCount, &raw.pathless_count)
    fields.value(&pathlessSelfSize, &raw.pathless_self_size)
    fields.value(&pathCount, &raw.path_count)
    try fields.messages(&paths, &raw.paths, &raw.n_paths, "paths", maximum: FleetLimits.rows)
  }
}

internal import CFleetMessages

/// Asks for single objects of a snapshot: those of which all conditions are true.
package struct FindObjectsRequest: FleetMessage {
  package var snapshotID: String
  /// Such as `retained>1MB`; at most 64.
  package var conditions: [String]
  /// `retained` (also where empty), `self`, `distance` or `id`.
  package var order: String
  /// How many objects of the answer are left out at its beginning.
  package var offset: UInt64
  /// How many objects are answered, at most 1,024; with 0 the sums only.
  package var limit: UInt32
  /// Until the analysis is there, at most 60,000.
  package var waitMilliseconds: UInt32

  package init(
    snapshotID: String,
    conditions: [String] = [],
    order: String = "",
    offset: UInt64 = 0,
    limit: UInt32 = 0,
    waitMilliseconds: UInt32 = 0
  ) {
    self.snapshotID = snapshotID
    self.conditions = conditions
    self.order = order
    self.offset = offset
    self.limit = limit
    self.waitMilliseconds = waitMilliseconds
  }
}

extension FindObjectsRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__find_objects_request__init)

  init() {
    self.init(snapshotID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FindObjectsRequest,
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
    try fields.text(&order, &raw.order, "order")
    fields.value(&offset, &raw.offset)
    fields.value(&limit, &raw.limit)
    try fields.wait(&waitMilliseconds, &raw.wait_millis)
  }
}

/// What was found; sums are of all of it, objects are as many as fit.
package struct FindObjectsReply: FleetMessage {
  package var engine: String
  package var count: UInt64
  /// Bytes.
  package var selfSize: UInt64
  /// Bytes that all that was found keeps alive together, each once.
  package var retainedSize: UInt64
  package var classCount: UInt64
  /// Most bytes of their own first; at most 8,192 on the wire.
  package var classes: [FoundClass]
  /// In the order asked for; at most 1,024 on the wire.
  package var objects: [FoundObject]

  package init(
    engine: String = "",
    count: UInt64 = 0,
    selfSize: UInt64 = 0,
    retainedSize: UInt64 = 0,
    classCount: UInt64 = 0,
    classes: [FoundClass] = [],
    objects: [FoundObject] = []
  ) {
    self.engine = engine
    self.count = count
    self.selfSize = selfSize
    self.retainedSize = retainedSize
    self.classCount = classCount
    self.classes = classes
    self.objects = objects
  }
}

extension FindObjectsReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__find_objects_reply__init)

  init() {
    self.init(engine: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FindObjectsReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&engine, &raw.engine, "engine")
    fields.value(&count, &raw.count)
    fields.value(&selfSize, &raw.self_size)
    fields.value(&retainedSize, &raw.retained_size)
    fields.value(&classCount, &raw.class_count)
    try fields.messages(
      &classes,
      &raw.classes,
      &raw.n_classes,
      "classes",
      maximum: FleetLimits.classes
    )
    try fields.messages(
      &objects,
      &raw.objects,
      &raw.n_objects,
      "objects",
      maximum: FleetLimits.rows
    )
  }
}

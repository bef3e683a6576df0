internal import CFleetMessages
package import HeapModel

/// Heap usage of one target over time, at most 1,024 readings.
///
/// On the wire each property of a reading is a column, which is four times cheaper than a message
/// per reading, and smaller.
package struct UsagePoints: FleetMessage {
  package var targetID: TargetID
  package var readings: [HeapUsage]

  package init(targetID: TargetID, readings: [HeapUsage]) {
    self.targetID = targetID
    self.readings = readings
  }
}

extension UsagePoints: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__usage_points__init)

  init() {
    self.init(targetID: TargetID(high: 0, low: 0), readings: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__UsagePoints,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.target(&targetID, &raw.target_id, "target_id")
    var columns = UsageColumns()
    if !fields.isReading { columns = UsageColumns(readings.prefix(FleetLimits.usagePoints)) }
    try columns.exchange(&raw, fields)
    if fields.isReading { readings = try columns.readings() }
  }
}

/// The columns of `UsagePoints`, all of one length.
private struct UsageColumns {
  var time: [UnixNanoseconds] = []
  var present: [UInt32] = []
  var used: [UInt64] = []
  var total: [UInt64] = []
  var limit: [UInt64] = []
  var external: [UInt64] = []
  var arrayBuffers: [UInt64] = []
  var residentSize: [UInt64] = []
  var proportionalSize: [UInt64] = []
  var spaces: [SpacePoints] = []
  /// Empty where no reading has any.
  var documents: [UInt64] = []
  var domNodes: [UInt64] = []
  var eventListeners: [UInt64] = []

  init() {}

  init(_ readings: some Collection<HeapUsage>) {
    time = readings.map(\.time)
    present = readings.map { Presence(of: $0).rawValue }
    used = readings.map(\.used)
    total = readings.map(\.total)
    limit = readings.map { $0.limit ?? 0 }
    external = readings.map { $0.external ?? 0 }
    arrayBuffers = readings.map { $0.arrayBuffers ?? 0 }
    residentSize = readings.map { $0.residentSize ?? 0 }
    proportionalSize = readings.map { $0.proportionalSize ?? 0 }
    spaces = SpacePoints.columns(of: readings)
    guard readings.contains(where: { $0.documents != nil }) else { return }
    documents = readings.map { $0.documents?.documents ?? 0 }
    domNodes = readings.map { $0.documents?.nodes ?? 0 }
    eventListeners = readings.map { $0.documents?.eventListeners ?? 0 }
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__UsagePoints,
    _ fields: Fields
  ) throws(FleetError) {
    let most = FleetLimits.usagePoints
    try fields.column(&time, &raw.time_unix_nanos, &raw.n_time_unix_nanos, "time", maximum: most)
    try fields.column(&present, &raw.present, &raw.n_present, "present", maximum: most)
    try fields.column(&used, &raw.used, &raw.n_used, "used", maximum: most)
    try fields.column(&total, &raw.total, &raw.n_total, "total", maximum: most)
    try fields.column(&limit, &raw.limit, &raw.n_limit, "limit", maximum: most)
    try fields.column(&external, &raw.external, &raw.n_external, "external", maximum: most)
    try fields.column(
      &arrayBuffers,
      &raw.array_buffers,
      &raw.n_array_buffers,
      "array_buffers",
      maximum: most
    )
    try fields.column(
      &residentSize,
      &raw.resident_size,
      &raw.n_resident_size,
      "resident_size",
      maximum: most
    )
    try fields.column(
      &proportionalSize,
      &raw.proportional_size,
      &raw.n_proportional_size,
      "proportional_size",
      maximum: most
    )
    try fields.messages(
      &spaces,
      &raw.spaces,
      &raw.n_spaces,
      "spaces",
      maximum: FleetLimits.heapSpaces
    )
    try exchangeDocuments(&raw, fields)
    try fields.sameLength(
      [
        time.count, present.count, used.count, total.count, limit.count, external.count,
        arrayBuffers.count, residentSize.count, proportionalSize.count,
      ],
      "usage"
    )
  }

  private mutating func exchangeDocuments(
    _ raw: inout Retinue__Fleet__V1__UsagePoints,
    _ fields: Fields
  ) throws(FleetError) {
    let most = FleetLimits.usagePoints
    try fields.column(&documents, &raw.documents, &raw.n_documents, "documents", maximum: most)
    try fields.column(&domNodes, &raw.dom_nodes, &raw.n_dom_nodes, "dom_nodes", maximum: most)
    try fields.column(
      &eventListeners,
      &raw.event_listeners,
      &raw.n_event_listeners,
      "event_listeners",
      maximum: most
    )
    // An agent of before, and one that watches no page, leaves all three out.
    let expected = documents.isEmpty ? 0 : time.count
    let counts = [documents.count, domNodes.count, eventListeners.count, expected]
    try fields.sameLength(counts, "documents")
  }

  private func documents(_ point: Int) -> DocumentCounts? {
    guard documents.isEmpty == false, Presence(rawValue: present[point]).contains(.documents)
    else { return nil }
    return DocumentCounts(
      documents: documents[point],
      nodes: domNodes[point],
      eventListeners: eventListeners[point]
    )
  }

  func readings() throws(FleetError) -> [HeapUsage] {
    var readings = time.indices.map { point in
      let present = Presence(rawValue: present[point])
      return HeapUsage(
        time: time[point],
        used: used[point],
        total: total[point],
        limit: present.contains(.limit) ? limit[point] : nil,
        external: present.contains(.external) ? external[point] : nil,
        arrayBuffers: present.contains(.arrayBuffers) ? arrayBuffers[point] : nil,
        residentSize: present.contains(.residentSize) ? residentSize[point] : nil,
        proportionalSize: present.contains(.proportionalSize) ? proportionalSize[point] : nil,
        documents: documents(point)
      )
    }
    for space in spaces { try space.add(to: &readings) }
    return readings
  }

  /// The bits of the `present` column.
  private struct Presence: OptionSet {
    let rawValue: UInt32

    static let limit = Presence(rawValue: 1)
    static let external = Presence(rawValue: 2)
    static let arrayBuffers = Presence(rawValue: 4)
    static let residentSize = Presence(rawValue: 8)
    static let proportionalSize = Presence(rawValue: 16)
    static let documents = Presence(rawValue: 32)

    init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    init(of reading: HeapUsage) {
      self = []
      if reading.limit != nil { insert(.limit) }
      if reading.external != nil { insert(.external) }
      if reading.arrayBuffers != nil { insert(.arrayBuffers) }
      if reading.residentSize != nil { insert(.residentSize) }
      if reading.proportionalSize != nil { insert(.proportionalSize) }
      if reading.documents != nil { insert(.documents) }
    }
  }
}

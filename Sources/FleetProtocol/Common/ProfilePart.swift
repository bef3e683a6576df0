internal import CFleetMessages
package import HeapModel

/// `Profile`: a sampling profile, or a part of one that is larger than a message.
///
/// What it says of frames and parents is not yet checked, since these may stand in other parts:
/// `ProfileAssembler` does that and gives the profile.
package struct ProfilePart: FleetMessage {
  /// At most 100,000.
  package var frames: [SamplingProfile.Frame]
  /// At most 1,000,000.
  package var nodes: [SamplingProfile.Node]
  package var intervalBytes: UInt64
  package var startedAt: UnixNanoseconds
  package var endedAt: UnixNanoseconds
  package var measure: SamplingProfile.Measure

  package init(
    frames: [SamplingProfile.Frame],
    nodes: [SamplingProfile.Node],
    intervalBytes: UInt64,
    startedAt: UnixNanoseconds,
    endedAt: UnixNanoseconds,
    measure: SamplingProfile.Measure = .alive
  ) {
    self.frames = frames
    self.nodes = nodes
    self.intervalBytes = intervalBytes
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.measure = measure
  }
}

extension ProfilePart: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__profile__init)

  init() {
    self.init(frames: [], nodes: [], intervalBytes: 0, startedAt: 0, endedAt: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Profile,
    _ fields: Fields
  ) throws(FleetError) {
    try exchangeFrames(&raw, fields)
    try exchangeNodes(&raw, fields)
    fields.value(&intervalBytes, &raw.interval_bytes)
    fields.value(&startedAt, &raw.started_unix_nanos)
    fields.value(&endedAt, &raw.ended_unix_nanos)
    var isOfAll = measure == .allocated
    fields.flag(&isOfAll, &raw.allocated)
    measure = isOfAll ? .allocated : .alive
  }

  private mutating func exchangeFrames(
    _ raw: inout Retinue__Fleet__V1__Profile,
    _ fields: Fields
  ) throws(FleetError) {
    let most = FleetLimits.profileFrames
    var function = fields.isReading ? [] : frames.map(\.function)
    var url = fields.isReading ? [] : frames.map(\.url)
    var scriptID = fields.isReading ? [] : frames.map(\.scriptID)
    var line = fields.isReading ? [] : frames.map(\.line)
    var column = fields.isReading ? [] : frames.map(\.column)
    try fields.texts(&function, &raw.function, &raw.n_function, "function", maximum: most)
    try fields.texts(&url, &raw.url, &raw.n_url, "url", maximum: most)
    try fields.texts(&scriptID, &raw.script_id, &raw.n_script_id, "script_id", maximum: most)
    try fields.column(&line, &raw.line, &raw.n_line, "line", maximum: most)
    try fields.column(&column, &raw.column, &raw.n_column, "column", maximum: most)
    try fields.sameLength(
      [function.count, url.count, scriptID.count, line.count, column.count],
      "frames"
    )
    guard fields.isReading else { return }
    frames = function.indices.map {
      SamplingProfile.Frame(
        function: function[$0],
        url: url[$0],
        scriptID: scriptID[$0],
        line: line[$0],
        column: column[$0]
      )
    }
  }

  private mutating func exchangeNodes(
    _ raw: inout Retinue__Fleet__V1__Profile,
    _ fields: Fields
  ) throws(FleetError) {
    let most = FleetLimits.profileNodes
    var frame = fields.isReading ? [] : nodes.map(\.frame)
    var parent = fields.isReading ? [] : nodes.map(\.parent)
    var selfSize = fields.isReading ? [] : nodes.map(\.selfSize)
    var count = fields.isReading ? [] : nodes.map(\.count)
    try fields.column(&frame, &raw.frame, &raw.n_frame, "frame", maximum: most)
    try fields.column(&parent, &raw.parent, &raw.n_parent, "parent", maximum: most)
    try fields.column(&selfSize, &raw.self_size, &raw.n_self_size, "self_size", maximum: most)
    try fields.column(&count, &raw.count, &raw.n_count, "count", maximum: most)
    try fields.sameLength([frame.count, parent.count, selfSize.count, count.count], "nodes")
    guard fields.isReading else { return }
    nodes = frame.indices.map {
      SamplingProfile.Node(
        frame: frame[$0],
        parent: parent[$0],
        selfSize: selfSize[$0],
        count: count[$0]
      )
    }
  }
}

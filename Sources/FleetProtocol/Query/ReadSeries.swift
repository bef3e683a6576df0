internal import CFleetMessages
package import HeapModel

/// Asks for the readings of one target in a stretch of time.
package struct ReadSeriesRequest: FleetMessage {
  package var targetID: TargetID
  package var from: UnixNanoseconds
  package var until: UnixNanoseconds
  package var cursor: String

  package init(
    targetID: TargetID,
    from: UnixNanoseconds = 0,
    until: UnixNanoseconds = 0,
    cursor: String = ""
  ) {
    self.targetID = targetID
    self.from = from
    self.until = until
    self.cursor = cursor
  }
}

extension ReadSeriesRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__read_series_request__init)

  init() {
    self.init(targetID: TargetID(high: 0, low: 0))
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ReadSeriesRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.target(&targetID, &raw.target_id, "target_id")
    fields.value(&from, &raw.from_unix_nanos)
    fields.value(&until, &raw.until_unix_nanos)
    try fields.text(&cursor, &raw.cursor, "cursor")
  }
}

/// A page of readings, in the order of time.
package struct ReadSeriesReply: FleetMessage {
  package var usage: UsagePoints?
  package var collections: CollectionPoints?
  package var nextCursor: String

  package init(
    usage: UsagePoints? = nil,
    collections: CollectionPoints? = nil,
    nextCursor: String = ""
  ) {
    self.usage = usage
    self.collections = collections
    self.nextCursor = nextCursor
  }
}

extension ReadSeriesReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__read_series_reply__init)

  init() {
    self.init(usage: nil)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ReadSeriesReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&usage, &raw.usage)
    try fields.message(&collections, &raw.collections)
    try fields.text(&nextCursor, &raw.next_cursor, "next_cursor")
  }
}

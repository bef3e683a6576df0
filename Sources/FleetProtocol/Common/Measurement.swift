internal import CFleetMessages
package import HeapModel

/// What was measured of one target when somebody asked, as the kind of measurement says.
package struct Measurement: FleetMessage {
  /// By the clock of the target's host.
  package var startedAt: UnixNanoseconds
  package var endedAt: UnixNanoseconds
  /// Between the two times, in order; nil if there were none.
  package var collections: CollectionPoints?
  package var census: Census?

  package init(
    startedAt: UnixNanoseconds,
    endedAt: UnixNanoseconds,
    collections: CollectionPoints? = nil,
    census: Census? = nil
  ) {
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.collections = collections
    self.census = census
  }
}

extension Measurement: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__measurement__init)

  init() {
    self.init(startedAt: 0, endedAt: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Measurement,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&startedAt, &raw.started_unix_nanos)
    fields.value(&endedAt, &raw.ended_unix_nanos)
    try fields.message(&collections, &raw.collections)
    try fields.message(&census, &raw.census)
  }
}

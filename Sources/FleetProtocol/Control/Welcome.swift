internal import CFleetMessages
package import HeapModel

/// The collector's answer to `Hello`.
package struct Welcome: FleetMessage {
  package var protocolMajor: UInt32
  package var protocolMinor: UInt32
  /// The last one of this agent that is committed.
  package var acknowledgedSequence: UInt64
  /// 0: as configured on the agent.
  package var metricsIntervalMilliseconds: UInt64
  package var now: UnixNanoseconds

  package init(
    protocolMajor: UInt32 = 0,
    protocolMinor: UInt32 = 0,
    acknowledgedSequence: UInt64 = 0,
    metricsIntervalMilliseconds: UInt64 = 0,
    now: UnixNanoseconds = 0
  ) {
    self.protocolMajor = protocolMajor
    self.protocolMinor = protocolMinor
    self.acknowledgedSequence = acknowledgedSequence
    self.metricsIntervalMilliseconds = metricsIntervalMilliseconds
    self.now = now
  }
}

extension Welcome: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__welcome__init)

  init() {
    self.init(protocolMajor: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Welcome,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&protocolMajor, &raw.protocol_major)
    fields.value(&protocolMinor, &raw.protocol_minor)
    fields.value(&acknowledgedSequence, &raw.acknowledged_sequence)
    fields.value(&metricsIntervalMilliseconds, &raw.metrics_interval_millis)
    fields.value(&now, &raw.now_unix_nanos)
  }
}

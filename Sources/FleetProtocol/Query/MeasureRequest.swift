internal import CFleetMessages
package import HeapModel

/// Measures something of the targets chosen, all at once; the answer is a stream of `TargetEvent`.
package struct MeasureRequest: FleetMessage {
  package var choice: Choice
  /// Nil for one that a later minor version added.
  package var kind: MeasurementKind?
  package var durationMilliseconds: UInt64
  package var requestID: String

  package init(
    choice: Choice,
    kind: MeasurementKind?,
    durationMilliseconds: UInt64 = 0,
    requestID: String
  ) {
    self.choice = choice
    self.kind = kind
    self.durationMilliseconds = durationMilliseconds
    self.requestID = requestID
  }
}

extension MeasureRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__measure_request__init)

  init() {
    self.init(choice: .selector(""), kind: nil, requestID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__MeasureRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&choice, &raw.choice, "choice")
    fields.measurementKind(&kind, &raw.kind)
    fields.value(&durationMilliseconds, &raw.duration_millis)
    try fields.identifier(&requestID, &raw.request_id, "request_id")
  }
}

/// Asks for what a measurement came to.
package struct ReadMeasurementRequest: FleetMessage {
  package var measurementID: String

  package init(measurementID: String) {
    self.measurementID = measurementID
  }
}

extension ReadMeasurementRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__read_measurement_request__init)

  init() {
    self.init(measurementID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ReadMeasurementRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&measurementID, &raw.measurement_id, "measurement_id")
  }
}

extension Fields {
  /// A kind that is not known here is nil: whoever is asked for it says so.
  func measurementKind(_ kind: inout MeasurementKind?, _ raw: inout UInt32) {
    if isReading {
      kind = UInt8(exactly: raw).flatMap { MeasurementKind(rawValue: $0) }
    } else {
      raw = UInt32(kind?.rawValue ?? 0)
    }
  }
}

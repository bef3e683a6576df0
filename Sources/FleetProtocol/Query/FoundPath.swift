internal import CFleetMessages

/// Objects that are held alike, and how.
package struct FoundPath: FleetMessage {
  /// 32 hexadecimal digits: the same path has the same ones in every process, per engine.
  package var fingerprint: String
  /// What it starts from: `program`, `engine`, `pending`, `unknownHolder` or `tooling`.
  package var origin: String
  /// From the root; at most 64.
  package var steps: [String]
  package var count: UInt64
  /// Bytes.
  package var selfSize: UInt64
  /// Bytes that these objects keep alive together, each once.
  package var retainedSize: UInt64
  /// Of the object that keeps most alive.
  package var exampleID: UInt64

  package init(
    fingerprint: String,
    origin: String = "",
    steps: [String] = [],
    count: UInt64 = 0,
    selfSize: UInt64 = 0,
    retainedSize: UInt64 = 0,
    exampleID: UInt64 = 0
  ) {
    self.fingerprint = fingerprint
    self.origin = origin
    self.steps = steps
    self.count = count
    self.selfSize = selfSize
    self.retainedSize = retainedSize
    self.exampleID = exampleID
  }
}

extension FoundPath: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__found_path__init)

  init() {
    self.init(fingerprint: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FoundPath,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&fingerprint, &raw.fingerprint, "fingerprint")
    try fields.text(&origin, &raw.origin, "origin")
    try fields.texts(
      &steps,
      &raw.steps,
      &raw.n_steps,
      "steps",
      maximum: FleetLimits.pathSteps
    )
    fields.value(&count, &raw.count)
    fields.value(&selfSize, &raw.self_size)
    fields.value(&retainedSize, &raw.retained_size)
    fields.value(&exampleID, &raw.example_id)
  }
}

internal import CFleetMessages
package import HeapModel

/// `Epoch`: the stretch of one inspector session in which object ids name the same objects.
extension IdentityEpoch: FleetMessage {}

extension IdentityEpoch: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__epoch__init)

  init() {
    self.init(isolate: "", epoch: "", anchors: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Epoch,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&isolate, &raw.isolate, "isolate")
    try fields.text(&epoch, &raw.epoch, "epoch")
    try fields.column(
      &anchors,
      &raw.anchors,
      &raw.n_anchors,
      "anchors",
      maximum: FleetLimits.anchors
    )
  }
}

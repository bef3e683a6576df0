internal import CFleetMessages

/// Forces a collection in the targets chosen; the answer is a stream of `TargetEvent`.
package struct CollectRequest: FleetMessage {
  package var choice: Choice
  package var requestID: String

  package init(
    choice: Choice,
    requestID: String
  ) {
    self.choice = choice
    self.requestID = requestID
  }
}

extension CollectRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__collect_request__init)

  init() {
    self.init(choice: .selector(""), requestID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__CollectRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&choice, &raw.choice, "choice")
    try fields.identifier(&requestID, &raw.request_id, "request_id")
  }
}

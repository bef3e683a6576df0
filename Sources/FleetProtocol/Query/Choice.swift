internal import CFleetMessages
package import HeapModel

/// Which targets a question is about.
package enum Choice: FleetMessage {
  case target(TargetID)
  /// All that a selector chooses, as the caller wrote it (`HeapModel.Selector`); empty for all.
  case selector(String)
}

extension Choice: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__choice__init)

  init() {
    self = .selector("")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Choice,
    _ fields: Fields
  ) throws(FleetError) {
    var targetID: String?
    var selector = ""
    switch self {
    case .target(let id): targetID = id.description
    case .selector(let text): selector = text
    }
    if fields.isReading { targetID = nil }
    try fields.identifier(&targetID, &raw.target_id, "target_id")
    try fields.text(&selector, &raw.selector, "selector")
    guard fields.isReading else { return }
    guard let id = targetID.flatMap({ TargetID($0) }) else {
      self = .selector(selector)
      return
    }
    guard selector.isEmpty else {
      throw FleetError(.malformed, "a choice by both target_id and selector")
    }
    self = .target(id)
  }
}

internal import CFleetMessages

/// A part of the merged profile; `ProfileAssembler` joins them.
package struct ProfileReply: FleetMessage {
  package var part: ProfilePart
  /// Over how many targets it is merged.
  package var mergedTargets: UInt32
  /// Whose profiles measure something else and are not in it (`SamplingProfile.Measure`).
  package var leftOutTargets: UInt32

  package init(part: ProfilePart, mergedTargets: UInt32, leftOutTargets: UInt32 = 0) {
    self.part = part
    self.mergedTargets = mergedTargets
    self.leftOutTargets = leftOutTargets
  }
}

extension ProfileReply: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__profile_reply__init)

  init() {
    self.init(part: ProfilePart(), mergedTargets: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ProfileReply,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&part, &raw.profile, "profile")
    fields.value(&mergedTargets, &raw.merged_targets)
    fields.value(&leftOutTargets, &raw.left_out_targets)
  }
}

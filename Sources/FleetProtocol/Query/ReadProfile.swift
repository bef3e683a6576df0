internal import CFleetMessages
package import HeapModel

/// Asks for one profile, merged over the targets chosen.
package struct ReadProfileRequest: FleetMessage {
  /// Merged over all targets chosen.
  package var choice: Choice
  /// Or just these; at most 1,024.
  package var profileIDs: [String]
  package var since: UnixNanoseconds

  package init(
    choice: Choice,
    profileIDs: [String] = [],
    since: UnixNanoseconds = 0
  ) {
    self.choice = choice
    self.profileIDs = profileIDs
    self.since = since
  }
}

extension ReadProfileRequest: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__read_profile_request__init)

  init() {
    self.init(choice: .selector(""))
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__ReadProfileRequest,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.message(&choice, &raw.choice, "choice")
    try fields.identifiers(
      &profileIDs,
      &raw.profile_ids,
      &raw.n_profile_ids,
      "profile_ids",
      maximum: FleetLimits.profiles
    )
    fields.value(&since, &raw.since_unix_nanos)
  }
}

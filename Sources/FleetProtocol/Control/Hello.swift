internal import CFleetMessages

/// First message of a stream.
package struct Hello: FleetMessage {
  package var protocolMajor: UInt32
  package var protocolMinor: UInt32
  /// Random, kept in the agent's spool: 32 hexadecimal digits.
  package var agentID: String
  package var agentVersion: String
  package var hostName: String
  package var bootID: String
  /// Commands the agent knows.
  ///
  /// The collector sends again what is in neither list, unless it has expired.
  /// At most 1,024.
  package var runningCommands: [String]
  /// At most 1,024; their updates follow in sequence.
  package var finishedCommands: [String]

  package init(
    protocolMajor: UInt32 = 0,
    protocolMinor: UInt32 = 0,
    agentID: String,
    agentVersion: String = "",
    hostName: String = "",
    bootID: String = "",
    runningCommands: [String] = [],
    finishedCommands: [String] = []
  ) {
    self.protocolMajor = protocolMajor
    self.protocolMinor = protocolMinor
    self.agentID = agentID
    self.agentVersion = agentVersion
    self.hostName = hostName
    self.bootID = bootID
    self.runningCommands = runningCommands
    self.finishedCommands = finishedCommands
  }
}

extension Hello: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__hello__init)

  init() {
    self.init(agentID: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__Hello,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&protocolMajor, &raw.protocol_major)
    fields.value(&protocolMinor, &raw.protocol_minor)
    try fields.identifier(&agentID, &raw.agent_id, "agent_id")
    try fields.text(&agentVersion, &raw.agent_version, "agent_version")
    try fields.text(&hostName, &raw.host_name, "host_name")
    try fields.text(&bootID, &raw.boot_id, "boot_id")
    try fields.identifiers(
      &runningCommands,
      &raw.running_commands,
      &raw.n_running_commands,
      "running_commands",
      maximum: FleetLimits.commands
    )
    try fields.identifiers(
      &finishedCommands,
      &raw.finished_commands,
      &raw.n_finished_commands,
      "finished_commands",
      maximum: FleetLimits.commands
    )
  }
}

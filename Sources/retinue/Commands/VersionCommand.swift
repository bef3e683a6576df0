internal import CommandLineArguments
internal import FleetProtocol

/// `retinue version`: which version this is, of the program and of what it speaks.
enum VersionCommand {
  static let command = Command(
    "version",
    summary: "Print the version",
    options: [ClientOptions.json]
  ) { arguments in
    if arguments[ClientOptions.json] {
      JSONOutput.object { json in
        json.field("version", RetinueProgram.version)
        json.field("protocolMajor", FleetVersion.major)
        json.field("protocolMinor", FleetVersion.minor)
      }
    } else {
      printLines([
        "retinue \(RetinueProgram.version) (fleet protocol \(FleetVersion.major).\(FleetVersion.minor))"
      ])
    }
    return .ok
  }
}

internal import CommandLineArguments

/// `retinue snapshot`: what can be done with snapshots.
enum SnapshotCommand {
  static let command = Command(
    "snapshot",
    summary: "Take, list, fetch and convert heap snapshots",
    subcommands: [
      SnapshotTakeCommand.command, SnapshotListCommand.command, SnapshotGetCommand.command,
      SnapshotConvertCommand.command,
    ]
  )
}

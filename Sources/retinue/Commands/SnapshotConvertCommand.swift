internal import CommandLineArguments

/// `retinue snapshot convert`: a snapshot file in another form, without a collector.
enum SnapshotConvertCommand {
  private static let file = Argument.required(
    .file,
    help: "a .heapsnapshot, .fxsnapshot, JavaScriptCore or native snapshot, also .zst and .gz"
  )

  static let command = Command(
    "convert",
    summary: "Write a snapshot file in another form",
    options: [SnapshotGetCommand.format, SnapshotGetCommand.output, ClientOptions.json],
    arguments: [file],
    examples: [
      Command.Example(
        "retinue snapshot convert bun.json --format heapsnapshot -o bun.heapsnapshot",
        "a heap of Bun for Chrome DevTools"
      )
    ]
  ) { arguments in
    try OutputFile.checkStandardOutput(
      arguments[SnapshotGetCommand.output],
      json: arguments[ClientOptions.json]
    )
    let path = arguments[file]
    let format = arguments[SnapshotGetCommand.format]
    let output = try OutputFile(arguments[SnapshotGetCommand.output])
    let export = try SnapshotExport(format, to: output)
    let progress = ProgressLine()
    defer { progress.clear() }
    do {
      try SnapshotFile(path).read(into: export.receiver) { done, total in
        progress.show("\(path): \(done * 100 / max(total, 1)) %")
      }
    } catch {
      throw ClientError("\(path): \(error)")
    }
    try output.finish()
    progress.clear()
    SnapshotGetCommand.report(output, format, redaction: nil, arguments)
    return .ok
  }
}

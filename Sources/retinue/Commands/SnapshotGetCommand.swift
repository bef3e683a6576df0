internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import SnapshotColumns

/// `retinue snapshot get`: a snapshot of the collector's as a file.
enum SnapshotGetCommand {
  static let format = Option.defaulted(
    "format",
    .choice("FORMAT"),
    to: SnapshotFileFormat.heapsnapshot,
    help: "heapsnapshot opens in Chrome DevTools, engine is the engine's own text, native is ours"
  )
  static let output = Option.required(
    "output",
    short: "o",
    .file,
    help: "the file to write; - for standard output"
  )
  private static let snapshot = Argument.required(
    ValueKind<String>.text.named("ID"),
    help: "the snapshot's id, or the beginning of it ('retinue snapshot list')"
  )

  static let command = Command(
    "get",
    summary: "Fetch a snapshot from the collector into a file",
    discussion: "The file holds whatever the heap held, and is readable by you alone.",
    options: [format, output] + ClientOptions.all,
    arguments: [snapshot],
    examples: [
      Command.Example("retinue snapshot get 5a5a5a -o checkout.heapsnapshot", "for Chrome DevTools")
    ]
  ) { arguments in
    try OutputFile.checkStandardOutput(arguments[output], json: arguments[ClientOptions.json])
    return try await CollectorClient.connected(arguments) { client in
      let id = try await client.snapshotID(beginningWith: arguments[snapshot])
      let row = try await client.snapshots(.selector("")).first { $0.id == id }
      let file = try OutputFile(arguments[output])
      try await fetch(id, row, arguments[format], to: file, client)
      try file.finish()
      report(file, arguments[format], redaction: row?.redaction, arguments)
      return .ok
    }
  }

  /// Writes the snapshot.
  ///
  /// Blocks are checked also where they are only passed on: what is written
  /// is what the agent sent.
  private static func fetch(
    _ id: String,
    _ row: SnapshotRow?,
    _ format: SnapshotFileFormat,
    to file: OutputFile,
    _ client: CollectorClient
  ) async throws {
    let progress = ProgressLine()
    defer { progress.clear() }
    let all = row.map { HumanText.bytes($0.storedBytes) } ?? HumanText.unknown
    func show(_ received: UInt64) {
      progress.show("\(HumanText.bytes(received)) of \(all)")
    }
    if format == .native {
      try file.write(ColumnsFile.beginning)
      try await client.readSnapshot(
        id,
        into: NoRecords(),
        blocks: { block in try file.write(ColumnsFile.bytes(of: block)) },
        progress: show
      )
    } else {
      let export = try SnapshotExport(format, to: file)
      try await client.readSnapshot(id, into: export.receiver, progress: show)
    }
  }

  /// Says what was written, where that does not stand in the file's way.
  static func report(
    _ file: OutputFile,
    _ format: SnapshotFileFormat,
    redaction: RedactionNote?,
    _ arguments: ParsedArguments
  ) {
    guard file.path != "-" else { return }
    guard arguments[ClientOptions.json] else {
      var lines = ["\(file.path): \(HumanText.bytes(file.byteCount)), \(format.rawValue)"]
      if redaction?.mode == "none" {
        lines.append("Not redacted: it holds whatever the heap held, secrets too.")
      }
      printLines(lines)
      return
    }
    JSONOutput.object { json in
      json.field("path", file.path)
      json.field("format", format.rawValue)
      json.field("bytes", file.byteCount)
      json.optional("redaction", redaction?.mode)
    }
  }
}

/// Where records go that only had to be checked.
private final class NoRecords: SnapshotRecordReceiver {
  func header(_ header: SnapshotHeader) {}
  func section(_ section: SnapshotSection) {}
  func rows(_ batch: ColumnBatch) {}
  func strings(_ batch: StringBatch) {}
  func raw(_ bytes: UnsafeRawBufferPointer) {}
  func end() {}
}

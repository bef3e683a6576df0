internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// Of what the resident memory of each process is made, for `retinue targets --memory`.
struct ResidentReport {
  /// One process, whose heaps are one target each.
  private struct Process {
    let rows: [TargetRow]
    let parts: ResidentParts?
    var main: TargetRow { rows[0] }
  }

  private let processes: [Process]

  init(_ rows: [TargetRow]) {
    struct Key: Hashable {
      let host: String
      let processID: Int32
      /// Where the process is not known, each target counts as one.
      let target: TargetID?
    }
    let groups = Dictionary(grouping: rows) { row in
      let target = row.target
      return Key(
        host: target.bootID,
        processID: target.processID,
        target: target.processID == 0 ? target.id : nil
      )
    }
    processes = groups.values.map { rows in
      // A worker is called after its process.
      let rows = rows.sorted { $0.target.labels.instance < $1.target.labels.instance }
      let engine = rows[0].target.runtime.engine
      return Process(rows: rows, parts: ResidentParts(rows.compactMap(\.usage), engine: engine))
    }
    .sorted { a, b in
      let (first, second) = (a.main.target, b.main.target)
      return (first.labels.service, first.labels.instance, first.processID)
        < (second.labels.service, second.labels.instance, second.processID)
    }
  }

  func printJSON() {
    JSONOutput.array(processes) { json, process in
      json.object { json in
        json.optional("pid", process.main.target.processID)
        json.field("host", process.main.target.hostName)
        json.field("service", process.main.target.labels.service)
        json.field("instance", process.main.target.labels.instance)
        json.field("targetIDs", process.rows.map(\.target.id.description))
        json.time("measuredAt", process.rows.compactMap(\.usage?.time).max() ?? 0)
        json.field("residentSize", process.parts?.residentSize)
        json.array("parts", process.parts?.parts ?? []) { json, part in
          json.object { json in
            json.field("kind", part.kind.rawValue)
            json.field("size", part.byteCount)
          }
        }
        json.field("remainder", process.parts?.remainder)
        json.field("untold", (process.parts?.untold ?? []).map(\.rawValue))
      }
    }
  }

  func printText() {
    var table = TextTable([
      .text("PROCESS"), .init("RUNTIME"), .number("PID"), .number("RESIDENT"), .number("LIVE HEAP"),
      .number("CODE"), .number("FREE HEAP"), .number("BUFFERS"), .number("OTHER EXTERNAL"),
      .number("REMAINDER"),
    ])
    for process in processes {
      let target = process.main.target
      let sizes = Dictionary(
        uniqueKeysWithValues: (process.parts?.parts ?? []).map { ($0.kind, $0.byteCount) }
      )
      let kinds: [ResidentParts.Kind] = [
        .liveHeap, .code, .freeHeap, .arrayBuffers, .otherExternal,
      ]
      let remainder = process.parts.map { parts in
        parts.remainder < 0
          ? "-" + HumanText.bytes(parts.remainder.magnitude)
          : HumanText.bytes(UInt64(parts.remainder))
      }
      table.append(
        [
          .init(process.main.title), .init("\(target.runtime.rawValue) \(target.runtimeVersion)"),
          .init(HumanText.known(target.processID) { "\($0)" }),
          .init(HumanText.bytes(process.parts?.residentSize)),
        ] + kinds.map { .init(HumanText.bytes(sizes[$0])) }
          + [.init(remainder ?? HumanText.unknown)]
      )
    }
    table.print(orElse: "No targets. An agent on the host finds processes by itself: retinue-agent")
    printLines(notes)
  }

  private var notes: [String] {
    guard processes.contains(where: { $0.parts != nil }) else { return [] }
    var notes = [
      "The parts and the remainder add up to what is resident. The remainder is the runtime itself, "
        + "stacks, and what its allocators keep; a dash is not told, and in the remainder."
    ]
    if processes.contains(where: { ($0.parts?.remainder ?? 0) < 0 }) {
      notes.append("Below zero, runtimes count pages that were never touched or are swapped out.")
    }
    return notes.flatMap { HumanText.sentences($0) }
  }
}

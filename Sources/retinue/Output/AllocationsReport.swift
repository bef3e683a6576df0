internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel
internal import JSONStream

/// What `retinue analyze --allocations` found in a recording.
struct AllocationsReport: HeapReport {
  /// Frames of a stack in the text; JSON has all.
  private static let frameLimit = 4
  private static let shareLimit = 3

  private let engine: String
  private let partial: PartialReading?
  private let profile: AllocationProfile
  private let limit: Int

  /// - Throws: `ClientError` where the snapshot is of no recording.
  init(_ heap: AnalyzedHeap, called name: String, limit: Int) throws(ClientError) {
    guard let profile = AllocationProfile(heap) else {
      throw ClientError(
        "\(name): nobody tracked allocations when it was taken; record an allocation timeline "
          + "(HeapProfiler.startTrackingHeapObjects with trackAllocations)"
      )
    }
    engine = heap.graph.engine.name
    partial = heap.graph.partial
    self.profile = profile
    self.limit = limit
  }
}

// MARK: - JSON

extension AllocationsReport {
  func printJSON() {
    JSONOutput.object { json in
      json.field("engine", engine)
      json.partial(partial)
      write("traced", profile.traced, to: &json)
      write("untraced", profile.untraced, to: &json)
      json.array("timeline", profile.buckets) { json, bucket in
        json.object { json in
          json.field("until", Double(bucket.microseconds) / 1_000)
          json.field("lastID", bucket.lastID)
          json.field("liveCount", bucket.live.count)
          json.field("liveSize", bucket.live.size)
        }
      }
      json.array("functions", profile.functions) { json, function in
        json.object { json in
          write(function.frame, to: &json)
          write(function.allocated, function.live, to: &json)
        }
      }
      json.array("stacks", profile.stacks.prefix(limit)) { json, stack in
        json.object { json in
          json.field("id", stack.identifier)
          write(stack.allocated, stack.live, to: &json)
          json.array("frames", stack.frames) { json, frame in
            json.object { write(frame, to: &$0) }
          }
          json.array("classes", stack.classes) { json, share in
            json.object { json in
              json.field("name", share.owner)
              json.field("count", share.live.count)
              json.field("selfSize", share.live.size)
            }
          }
        }
      }
      writeClasses(to: &json)
    }
  }

  private func writeClasses(to json: inout JSONWriter) {
    json.array("classes", profile.classes.prefix(limit)) { json, row in
      json.object { json in
        json.field("key", row.key)
        json.field("name", row.name)
        json.field("count", row.live.count)
        json.field("selfSize", row.live.size)
        json.array("stacks", row.stacks) { json, share in
          json.object { json in
            json.field("id", share.owner)
            json.field("count", share.live.count)
            json.field("selfSize", share.live.size)
          }
        }
      }
    }
  }

  private func write(
    _ key: String,
    _ amount: AllocationProfile.Amount,
    to json: inout JSONWriter
  ) {
    json.object(key) { json in
      json.field("count", amount.count)
      json.field("selfSize", amount.size)
    }
  }

  private func write(
    _ allocated: AllocationProfile.Amount,
    _ live: AllocationProfile.Amount,
    to json: inout JSONWriter
  ) {
    json.field("allocatedCount", allocated.count)
    json.field("allocatedSize", allocated.size)
    json.field("liveCount", live.count)
    json.field("liveSize", live.size)
  }

  private func write(_ frame: AllocationProfile.Frame, to json: inout JSONWriter) {
    json.field("function", frame.name)
    json.field("script", frame.script)
    json.field("line", frame.line)
    json.field("column", frame.column)
  }
}

// MARK: - Text

extension AllocationsReport {
  func printText() {
    let last = profile.buckets.last?.microseconds ?? 0
    printLines([
      "recorded \(seconds(last)) s · \(HumanText.count(profile.traced.count)) objects with a stack, "
        + "\(HumanText.bytes(profile.traced.size)) · \(HumanText.count(profile.untraced.count)) "
        + "from before or of the engine, \(HumanText.bytes(profile.untraced.size))",
      "",
    ])
    printTimeline()
    printLines([""])
    printStacks()
    printLines([""])
    printClasses()
  }

  private func printTimeline() {
    var table = TextTable([.text("ALLOCATED UNTIL"), .number("STILL ALIVE"), .number("SELF")])
    // Hours are thousands of samples: neighbours are put together until a screen holds them.
    let step = max((profile.buckets.count + limit - 1) / limit, 1)
    for start in stride(from: 0, to: profile.buckets.count, by: step) {
      let run = profile.buckets[start..<min(start + step, profile.buckets.count)]
      table.append([
        .init("\(seconds(run.last?.microseconds ?? 0)) s"),
        .init(HumanText.count(run.reduce(0) { $0 &+ $1.live.count })),
        .init(HumanText.bytes(run.reduce(0) { $0 &+ $1.live.size })),
      ])
    }
    table.print(orElse: "No samples: the time of allocations was not recorded.")
  }

  private func printStacks() {
    var table = TextTable([
      .text("ALLOCATED BY"), .number("STILL ALIVE"), .number("SELF"), .number("OF ALLOCATED"),
      .text("OBJECTS OF"),
    ])
    for stack in profile.stacks.prefix(limit) {
      let shares = stack.classes.prefix(Self.shareLimit).map { share in
        "\(share.owner) \(HumanText.count(share.live.count))"
      }
      table.append([
        .init(stack.frames.prefix(Self.frameLimit).map(words).joined(separator: " ← ")),
        .init(HumanText.count(stack.live.count)), .init(HumanText.bytes(stack.live.size)),
        .init(HumanText.bytes(stack.allocated.size)), .init(shares.joined(separator: ", ")),
      ])
    }
    table.print(orElse: "No stacks: they were not asked for (trackAllocations).")
    let more = profile.stacks.count - limit
    if more > 0 { printLines(["… \(more) more stacks"]) }
  }

  private func printClasses() {
    var table = TextTable([
      .text("CLASS"), .number("WITH A STACK"), .number("SELF"), .text("MOST ALLOCATED BY"),
    ])
    var topFrame: [UInt64: AllocationProfile.Frame] = [:]
    for stack in profile.stacks { topFrame[stack.identifier] = stack.frames.first }
    for row in profile.classes.prefix(limit) {
      let most = row.stacks.first
      let frame = most.flatMap { topFrame[$0.owner] }
      table.append([
        .init(row.name), .init(HumanText.count(row.live.count)),
        .init(HumanText.bytes(row.live.size)),
        .init(frame.map { "\(words($0)) \(HumanText.count(most?.live.count ?? 0))" } ?? ""),
      ])
    }
    table.print(orElse: "No objects with a stack.")
  }

  private func words(_ frame: AllocationProfile.Frame) -> String {
    let name = frame.name.isEmpty ? "(anonymous)" : frame.name
    guard frame.line > 0 else { return name }
    let script = frame.script.split(separator: "/").last.map(String.init) ?? frame.script
    return "\(name) \(script):\(frame.line)"
  }

  private func seconds(_ microseconds: UInt64) -> String {
    let hundredths = microseconds / 10_000
    return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)"
  }
}

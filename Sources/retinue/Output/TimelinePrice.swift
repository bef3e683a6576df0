internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel
internal import JSONStream

/// What a recording of allocations costs its targets.
struct TimelinePrice {
  let recording: AllocationRecording

  init(_ recording: AllocationRecording) {
    self.recording = recording
  }

  /// For people, before it begins.
  ///
  /// - Parameter estimates: what the snapshot at its end is expected to cost each target.
  func lines(for estimates: [TargetEvent]) -> [String] {
    let stacks = recording.hasStacks ? "when and by whom" : "when"
    let length = Readable.duration(recording.length)
    let low = Self.factor(recording.slowdown.lowerBound)
    let high = Self.factor(recording.slowdown.upperBound)
    var lines = [
      "Recording for \(length) \(stacks) objects are allocated.",
      "Meanwhile a program that allocates much runs \(low) to \(high) times slower: the more objects "
        + "it has, the slower.",
    ]
    for event in estimates where event.state == .done {
      let pause = Duration.milliseconds(Int64(clamping: event.estimatedPauseMilliseconds))
      let growth = HumanText.bytes(event.estimatedGrowthBytes)
      lines.append(
        "\(event.title) then stands still for about \(Readable.duration(pause)), and takes about "
          + "\(growth) of memory."
      )
    }
    return lines
  }

  func write(to json: inout JSONWriter) {
    json.field("length", recording.milliseconds)
    json.field("stacks", recording.hasStacks)
    json.field("slowdownLow", recording.slowdown.lowerBound)
    json.field("slowdownHigh", recording.slowdown.upperBound)
  }

  /// Without a fraction where there is none.
  private static func factor(_ factor: Double) -> String {
    factor.rounded() == factor ? "\(Int(factor))" : "\(factor)"
  }
}

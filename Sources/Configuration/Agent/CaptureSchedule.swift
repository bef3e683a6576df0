internal import Quantities

/// What an agent captures of a process by itself, and how often; nil is never.
package struct CaptureSchedule: Hashable, Sendable, CustomStringConvertible {
  package var snapshotEvery: Duration?
  package var sampleEvery: Duration?
  /// How long a window of allocation sampling is open.
  package var sampleFor = Duration.seconds(30)
  /// Mean bytes between two samples; nil is the agent's usual number.
  package var sampleInterval: Int?

  package init(snapshotEvery: Duration? = nil, sampleEvery: Duration? = nil) {
    self.snapshotEvery = snapshotEvery
    self.sampleEvery = sampleEvery
  }

  /// For people: `a snapshot every 6h, 30s sampled every 10m`.
  package var description: String {
    var parts: [String] = []
    if let snapshotEvery { parts.append("a snapshot every \(TimeSpan.text(snapshotEvery))") }
    if let sampleEvery {
      let interval = sampleInterval.map { " at \(ByteSize.text($0))" } ?? ""
      parts.append(
        "\(TimeSpan.text(sampleFor)) sampled every \(TimeSpan.text(sampleEvery))\(interval)"
      )
    }
    return parts.joined(separator: ", ")
  }
}

internal import HeapModel

/// The same text again and again.
///
/// The shape: strings keep half of the new bytes and more, and of their samples at most half differ.
struct DuplicatedStringRule: LeakRule {
  let name = "duplicated-strings-1"

  private static let leastSamples = 16

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    guard leak.heap.graph.engine == .v8, leak.share(ofClass: "(string)") >= 0.5,
      let samples = leak.candidate(ofClass: "(string)")?.samples, samples.count >= Self.leastSamples
    else { return nil }
    let different = Set(samples.map { leak.heap.graph.nodeName[Int($0)] }).count
    guard different * 2 <= samples.count else { return nil }
    return LeakVerdict(
      cause: "Most of it are texts that are equal but kept apart.",
      remedy: "Keep one of each, such as in a Map from text to text, and let the rest go.",
      evidence: "\(samples.count) sampled texts have \(different) different values"
    )
  }
}

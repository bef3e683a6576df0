/// Memory outside the JavaScript heap, kept by small objects inside.
///
/// The shape: ArrayBuffers keep half of the new bytes and more.
struct ExternalMemoryRule: LeakRule {
  let name = "external-memory-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let share =
      ["ArrayBuffer", "SharedArrayBuffer", "system / JSArrayBufferData"]
      .map { leak.share(ofClass: $0) }.max() ?? 0
    guard share >= 0.5 else { return nil }
    return LeakVerdict(
      cause:
        "Most of it is memory of ArrayBuffers and Buffers, which counts as external and not "
        + "as heap.",
      remedy:
        "Let their owners go\(leak.place), or copy the few bytes you keep: a small view keeps "
        + "its whole buffer.",
      evidence: "ArrayBuffers keep \(Int(share * 100)) % of the new bytes"
    )
  }
}

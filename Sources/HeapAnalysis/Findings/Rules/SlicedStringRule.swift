/// Short pieces of long texts: V8 keeps the whole text for a slice of it.
///
/// The shape: sliced strings keep half of the new bytes and more.
struct SlicedStringRule: LeakRule {
  let name = "sliced-strings-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let share = leak.share(ofClass: "(sliced string)")
    guard share >= 0.5 else { return nil }
    return LeakVerdict(
      cause:
        "Most of it are long texts of which only slices are used\(leak.place): a slice keeps "
        + "the whole text.",
      remedy: "Copy what you keep, such as by Buffer.from(text).toString() or structuredClone().",
      evidence: "sliced strings keep \(Int(share * 100)) % of the new bytes"
    )
  }
}

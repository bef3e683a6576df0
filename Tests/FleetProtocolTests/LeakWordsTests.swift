import FleetProtocol
import TestSupport
import Testing

struct LeakWordsTests {
  private let words = LeakWords(
    growth: "Session grew in every step and is kept by the Map in 'a\nb'.",
    cause: "",
    remedy: "Delete entries.",
    evidence: "One Map gained them."
  )

  @Test func `four lines say the same again, whatever a name has in it`() {
    let read = LeakWords(lines: words.lines)

    expect(read.growth, equals: "Session grew in every step and is kept by the Map in 'a b'.")
    expect(read.cause, equals: "")
    expect(read.remedy, equals: "Delete entries.")
    expect(read.evidence, equals: "One Map gained them.")
    expect(
      read.text,
      equals: "Session grew in every step and is kept by the Map in 'a b'. Delete entries. "
        + "One Map gained them."
    )
  }

  @Test func `what an older collector wrote is shown whole`() {
    let read = LeakWords(lines: "It grew. Delete entries.")

    expect(read.growth, equals: "It grew. Delete entries.")
    expect(read.text, equals: "It grew. Delete entries.")
  }
}

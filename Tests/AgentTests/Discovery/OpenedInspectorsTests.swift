import Agent
import HeapModel
import TestSupport
import Testing

@Suite struct OpenedInspectorsTests {
  private let node = TargetID(high: 0, low: 7)
  private let other = TargetID(high: 0, low: 8)

  private func saw(
    _ target: TargetID,
    in inspectors: inout OpenedInspectors,
    isListening: Bool = false,
    at seconds: Double = 0,
    _ possibility: SignalOpening = .possible(port: 9_229)
  ) -> OpenedInspectors.Move {
    inspectors.saw(
      target,
      isListening: isListening,
      namespace: "net:[1]",
      now: .milliseconds(Int(seconds * 1_000))
    ) { possibility }
  }

  @Test func `a program is signalled once, and its inspector is ours from then on`() {
    var inspectors = OpenedInspectors()

    expect(saw(node, in: &inspectors), equals: .signal)
    expect(inspectors.takeChange(), equals: "\(node) signalled\n")
    expect(saw(node, in: &inspectors, at: 0.1), equals: .lookAgain)
    expect(saw(node, in: &inspectors, isListening: true, at: 0.2), equals: .rest)
    expect(inspectors.takeChange(), equals: "\(node) open\n")
    expect(saw(node, in: &inspectors, isListening: true, at: 9), equals: .rest)
    expect(inspectors.takeChange(), equals: nil)
    expect(inspectors.opened, equals: [node])

    inspectors.closed(node)
    expect(inspectors.takeChange(), equals: "")
    expect(saw(node, in: &inspectors, at: 20), equals: .signal)
  }

  @Test func `a program that takes the signal for itself never gets a second one`() {
    var inspectors = OpenedInspectors()

    expect(saw(node, in: &inspectors), equals: .signal)
    expect(saw(node, in: &inspectors, at: 2.9), equals: .lookAgain)
    guard case .leave = saw(node, in: &inspectors, at: 3) else {
      Issue.record("it is waited for without end")
      return
    }
    #expect(inspectors.opened.isEmpty)

    // Nor from the agent after this one.
    var later = OpenedInspectors(text: inspectors.text)
    guard case .leave = saw(node, in: &later) else {
      Issue.record("it would be signalled again")
      return
    }
  }

  @Test func `what somebody else closed is not opened again`() {
    var inspectors = OpenedInspectors(text: "\(node) open\nnonsense\n")

    #expect(saw(node, in: &inspectors) != .signal)
    #expect(saw(node, in: &inspectors, at: 60) != .signal)
    #expect(inspectors.opened.isEmpty)
  }

  @Test func `what a worker that was killed had signalled is waited for by the next`() {
    var inspectors = OpenedInspectors(text: "\(node) signalled\n")

    expect(saw(node, in: &inspectors, at: 100), equals: .lookAgain)
    expect(saw(node, in: &inspectors, isListening: true, at: 101), equals: .rest)
    expect(inspectors.opened, equals: [node])
  }

  @Test func `an inspector that was there before is not ours`() {
    var inspectors = OpenedInspectors()

    expect(saw(node, in: &inspectors, isListening: true), equals: .rest)
    #expect(inspectors.opened.isEmpty)
  }

  @Test func `one at a time in a network namespace, and a reason is asked for now and then`() {
    var inspectors = OpenedInspectors()

    expect(saw(node, in: &inspectors), equals: .signal)
    #expect(saw(other, in: &inspectors, at: 1) != .signal)
    expect(saw(node, in: &inspectors, isListening: true, at: 1), equals: .rest)
    expect(saw(other, in: &inspectors, at: 2, .impossible("no")), equals: .leave("no"))
    expect(saw(other, in: &inspectors, at: 16), equals: .leave("no"))
    expect(saw(other, in: &inspectors, at: 17), equals: .signal)
  }

  @Test func `processes that are gone are forgotten`() {
    var inspectors = OpenedInspectors(text: "\(node) open\n\(other) deaf\n")

    inspectors.keep([other])
    expect(inspectors.takeChange(), equals: "\(other) deaf\n")
  }
}

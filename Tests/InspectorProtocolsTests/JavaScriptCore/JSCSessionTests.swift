import HeapModel
import InspectorProtocols
import JSONStream
import Testing
import TestSupport

struct JSCSessionTests {
  private let alreadyEnabled =
    #""error":{"code":-32000,"message":"Heap domain already enabled","data":[]}"#

  private func usage(_ number: Int, used: Int) -> String {
    let inner = #"{\"rss\":9,\"heapTotal\":50,\"heapUsed\":\#(used),\"external\":3}"#
    return ##"{"result":{"result":{"type":"string","value":"\##(inner)"},"wasThrown":false},"##
      + ##""id":#\##(number)}"##
  }

  private func collected(_ type: String, _ milliseconds: Double) -> String {
    #"{"method":"Heap.garbageCollected","params":{"collection":{"type":"\#(type)","#
      + #""startTime":1.0,"endTime":\#(1 + milliseconds / 1000)}}}"#
  }

  private func ok(_ number: Int) -> String { ##"{"result":{},"id":#\##(number)}"## }

  private func snapshot(_ number: Int, ids: [Int]) -> String {
    let nodes = ids.map { "\($0),16,2,0" }.joined(separator: ",")
    let text = #"{\"version\":3,\"type\":\"Inspector\",\"nodes\":[0,0,0,0,\#(nodes)],\"edges\":[]}"#
    return ##"{"result":{"timestamp":0.5,"snapshotData":"\##(text)"},"id":#\##(number)}"##
  }

  @Test func `the first thing is to take the heap domain`() {
    var bun = Conversation(.bun)
    expect(bun.start(), equals: ["#1 Heap.enable"])
    expect(bun.hear(ok(1)), equals: ["attached "])
    #expect(bun.capabilities.contains(.snapshot))
    #expect(bun.capabilities.contains(.liveUsage))
    #expect(bun.capabilities.isDisjoint(with: [.sampling, .collectionContents]))
  }

  @Test func `another client's heap domain is left alone until it is free`() {
    var bun = Conversation(.bun)
    _ = bun.start()
    expect(bun.hear(##"{\##(alreadyEnabled),"id":#1}"##), equals: ["attached , limited"])
    expect(bun.capabilities, equals: [])
    expect(bun.request(.snapshot(inSeries: false)), equals: ["[1] inUse"])
    expect(bun.request(.collectGarbage), equals: ["[2] inUse"])

    expect(bun.request(.usage), equals: ["#2 Heap.enable", "#3 Runtime.evaluate usage"])
    expect(bun.hear(##"{\##(alreadyEnabled),"id":#2}"##), equals: [])
    expect(bun.hear(usage(3, used: 7)), equals: ["[3] usage 7/50"])

    _ = bun.request(.usage)
    expect(bun.hear(ok(4)), equals: ["capabilities full"])
    expect(bun.hear(usage(5, used: 7)), equals: ["[4] usage 7/50"])
    #expect(bun.capabilities.contains(.snapshot))
  }

  @Test func `while another has it we never disable it`() {
    var bun = Conversation(.bun)
    _ = bun.start()
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#1}"##)
    let lines = bun.request(.detach)
    expect(
      lines,
      equals: [
        #"#2 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#, "#3 Console.clearMessages",
      ]
    )
    _ = bun.hear(ok(2))
    expect(bun.hear(ok(3)), equals: ["let go: detached"])
    expect(bun.methods.contains("Heap.disable"), equals: false)
  }

  @Test func `it can be taken over where that is wanted`() {
    var bun = Conversation(.bun) { $0.takesOverBusyTarget = true }
    _ = bun.start()
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#1}"##)
    expect(bun.request(.collectGarbage), equals: ["#2 Runtime.evaluate usage"])
  }

  @Test func `leaving gives back everything`() {
    var bun = Conversation.attachedToBun()
    expect(
      bun.request(.detach),
      equals: [
        #"#2 Runtime.releaseObjectGroup {"objectGroup":"retinue"}"#, "#3 Console.clearMessages",
        "#4 Heap.disable",
      ]
    )
    _ = bun.hear(ok(2))
    _ = bun.hear(ok(3))
    expect(bun.hear(ok(4)), equals: ["let go: detached"])
  }

  @Test func `collections are counted from events`() {
    var bun = Conversation.attachedToBun()
    _ = bun.hear(collected("partial", 2))
    _ = bun.hear(collected("partial", 3))
    _ = bun.hear(collected("full", 5))
    _ = bun.request(.usage)
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#2}"##)
    expect(bun.hear(usage(3, used: 7)), equals: ["[1] usage 7/50 minor 2 major 1"])
    _ = bun.request(.usage)
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#4}"##)
    expect(bun.hear(usage(5, used: 7)), equals: ["[2] usage 7/50"])
  }

  @Test func `a collection's pause is what its event says`() {
    var bun = Conversation.attachedToBun()
    expect(bun.request(.collectGarbage), equals: ["#2 Runtime.evaluate usage"])
    expect(bun.hear(usage(2, used: 900)), equals: ["#3 Heap.gc"])
    _ = bun.hear(collected("full", 250))
    _ = bun.wait(.seconds(1))
    expect(bun.hear(ok(3)), equals: ["#4 Runtime.evaluate usage"])
    expect(bun.hear(usage(4, used: 400)), equals: ["[1] collected 900 -> 400 in 250 ms"])
  }

  @Test func `sampling is something Bun does not have`() {
    var bun = Conversation.attachedToBun()
    expect(bun.request(.startSampling(intervalBytes: 131_072)), equals: ["[1] unsupported"])
    expect(bun.request(.stopSampling), equals: ["[2] unsupported"])
  }

  @Test func `outside a series the heap domain is switched off and on again`() {
    var bun = Conversation.attachedToBun()
    expect(bun.request(.snapshot(inSeries: false)), equals: ["#2 Runtime.evaluate usage"])
    expect(bun.hear(usage(2, used: 4_500)), equals: ["#3 Runtime.evaluate objects"])
    let count = ##"{"result":{"result":{"type":"string","value":"100"}},"id":#3}"##
    expect(
      bun.hear(count),
      equals: ["#4 Console.clearMessages", "#5 Heap.enable", "#6 Heap.snapshot"]
    )
    _ = bun.hear(ok(4))
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#5}"##)
    let lines = bun.hear(snapshot(6, ids: [5, 3]))
    expect(lines.count, equals: 2)
    expect(lines.first?.hasPrefix(#"[1] text {"version":3,"#), equals: true)
    expect(lines.last, equals: "#7 Heap.enable")
    expect(
      bun.hear(##"{\##(alreadyEnabled),"id":#7}"##),
      equals: ["#8 Heap.disable", "#9 Heap.enable"]
    )
    _ = bun.hear(ok(8))
    expect(bun.hear(ok(9)), equals: ["[1] snapshot of 79 bytes, epoch none"])
    #expect(bun.capabilities.contains(.snapshot))
  }

  /// A snapshot of two Maps, 40 the larger, of which a preview tells the classes.
  private func mapSnapshot(_ number: Int) -> String {
    var heap = JSCSnapshotText()
    for (map, size) in [(30, 2_000), (40, 9_000)] {
      heap.node("Map", id: map)
      heap.node("Cell Butterfly", id: map + 1, size: size, flags: 1)
      heap.edge(from: map, to: map + 1)
    }
    heap.node("Session", id: 50)
    let text = heap.text.replacing("\"", with: "\\\"")
    return ##"{"result":{"timestamp":0.5,"snapshotData":"\##(text)"},"id":#\##(number)}"##
  }

  private func preview(_ number: Int, size: Int) -> String {
    let entries = #"[{"key":{"type":"number"},"value":{"type":"object","description":"Session"}}]"#
    return ##"{"result":{"preview":{"type":"object","subtype":"map","size":\##(size),"##
      + ##""entries":\##(entries)}},"id":#\##(number)}"##
  }

  /// A Bun whose snapshot has just come, and what it is asked next.
  private func bunWithMaps(company: Bool = false) -> (bun: Conversation, lines: [String]) {
    var bun = Conversation.attachedToBun()
    if company { _ = bun.company(true) }
    _ = bun.request(.snapshot(inSeries: false))
    _ = bun.hear(usage(2, used: 4_500_000_000))
    if company == false { _ = bun.hear(ok(3)) }
    let call = company ? 3 : 4
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#\##(call)}"##)
    let lines = bun.hear(mapSnapshot(call + 1)).dropFirst()
    return (bun, Array(lines))
  }

  @Test func `the largest Maps and Sets are shown before their ids are cleared`() {
    var (bun, lines) = bunWithMaps()
    expect(lines, equals: [#"#6 Heap.getPreview {"heapObjectId":40}"#])
    expect(
      bun.hear(preview(6, size: 10_000)),
      equals: [#"#7 Heap.getPreview {"heapObjectId":30}"#]
    )
    // It may have been collected meanwhile.
    let refusal = ##"{"error":{"code":-32000,"message":"No object for identifier"},"id":#7}"##
    expect(bun.hear(refusal), equals: ["#8 Heap.enable"])
    expect(
      bun.hear(##"{\##(alreadyEnabled),"id":#8}"##),
      equals: ["#9 Heap.disable", "#10 Heap.enable"]
    )
    _ = bun.hear(ok(9))
    let end = bun.hear(ok(10)).first ?? ""
    #expect(end.hasSuffix("epoch none @40 of 10000"), "\(end)")
  }

  @Test func `half a second is spent on it`() {
    var (bun, _) = bunWithMaps()
    _ = bun.wait(.milliseconds(600))
    expect(bun.hear(preview(6, size: 10_000)), equals: ["#7 Heap.enable"])
  }

  @Test func `what was shown after ids were reset is not told`() {
    var (bun, _) = bunWithMaps()
    _ = bun.hear(preview(6, size: 10_000))
    _ = bun.hear(preview(7, size: 500))
    // Another client has left meanwhile: these may have been other objects.
    let end = bun.hear(ok(8)).first ?? ""
    #expect(end.hasSuffix("epoch none"), "\(end)")
  }

  @Test func `beside a developer, who would hear it, nothing is shown`() {
    let (_, lines) = bunWithMaps(company: true)
    expect(lines, equals: ["#5 Heap.enable"])
  }

  @Test func `beside a developer nothing of his is cleared, and it is once he has left`() {
    var bun = Conversation.attachedToBun()
    _ = bun.company(true)
    _ = bun.request(.snapshot(inSeries: false))
    _ = bun.hear(usage(2, used: 900))
    let count = ##"{"result":{"result":{"type":"string","value":"100"}},"id":#3}"##
    expect(bun.hear(count), equals: ["#4 Heap.enable", "#5 Heap.snapshot"])
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#4}"##)
    _ = bun.hear(snapshot(5, ids: [1, 2]))
    let end = bun.hear(##"{\##(alreadyEnabled),"id":#6}"##)
    expect(end.map { String($0.prefix(12)) }, equals: ["[1] snapshot"])

    expect(bun.company(true), equals: [])
    expect(bun.company(false), equals: ["#7 Heap.disable", "#8 Heap.enable"])
  }

  @Test func `a large heap is not counted, and given time for its size`() {
    var bun = Conversation.attachedToBun()
    _ = bun.request(.snapshot(inSeries: false))
    let lines = bun.hear(usage(2, used: 450_000_000))
    expect(lines, equals: ["#3 Console.clearMessages", "#4 Heap.enable", "#5 Heap.snapshot"])
    expect(bun.secondsToDeadline, equals: 230)
    expect(bun.wait(.seconds(229)), equals: [])
    expect(bun.wait(.seconds(1)), equals: ["[1] noAnswer", "let go: unresponsive"])
  }

  /// A snapshot in a series whose last question is answered with `answer`; the last line.
  private func series(
    _ bun: inout Conversation,
    call first: Int,
    before: String? = nil,
    ids: [Int],
    after: String? = nil
  ) -> String {
    _ = bun.request(.snapshot(inSeries: true))
    _ = bun.hear(usage(first, used: 4_500))
    _ = bun.hear(##"{"result":{"result":{"type":"string","value":"9"}},"id":#\##(first + 1)}"##)
    _ = bun.hear(ok(first + 2))
    _ = bun.hear(before ?? ##"{\##(alreadyEnabled),"id":#\##(first + 3)}"##)
    _ = bun.hear(snapshot(first + 4, ids: ids))
    return bun.hear(after ?? ##"{\##(alreadyEnabled),"id":#\##(first + 5)}"##)
      .joined(separator: ", ")
  }

  @Test func `in a series ids stay, and make one epoch while nobody resets them`() {
    var bun = Conversation.attachedToBun()
    #expect(series(&bun, call: 2, ids: [8, 3, 5]).hasSuffix("epoch abc-1"))
    #expect(series(&bun, call: 8, ids: [3, 12]).hasSuffix("epoch abc-1"))
    expect(bun.methods.contains("Heap.disable"), equals: false)
  }

  @Test func `a heap domain that was off before the snapshot begins another epoch`() {
    var bun = Conversation.attachedToBun()
    _ = series(&bun, call: 2, ids: [8, 3, 5])
    #expect(series(&bun, call: 8, before: ok(11), ids: [3, 5]).hasSuffix("epoch abc-2"))
  }

  @Test func `one that was off after it spoils the next comparison, not this one`() {
    var bun = Conversation.attachedToBun()
    _ = series(&bun, call: 2, ids: [8, 3, 5])
    #expect(series(&bun, call: 8, ids: [3, 5], after: ok(13)).hasSuffix("epoch abc-1"))
    #expect(series(&bun, call: 14, ids: [3, 5]).hasSuffix("epoch abc-2"))
  }

  @Test func `ids that all lie above the highest one before begin another epoch`() {
    var bun = Conversation.attachedToBun()
    _ = series(&bun, call: 2, ids: [8, 3, 5])
    #expect(series(&bun, call: 8, ids: [9, 14]).hasSuffix("epoch abc-2"))
  }

  @Test func `another client's snapshot in place of ours fails the request`() {
    var bun = Conversation.attachedToBun()
    _ = bun.request(.snapshot(inSeries: false))
    _ = bun.hear(usage(2, used: 450_000_000))
    _ = bun.hear(ok(3))
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#4}"##)
    let stranger = snapshot(6, ids: [1]).replacing("#6", with: "301")
    let lines = bun.hear(stranger)
    #expect(lines.contains("[1] interrupted"))
    // Our own, which comes later, is dropped, and what both left is cleared.
    expect(Array(lines.suffix(2)), equals: ["#6 Heap.disable", "#7 Heap.enable"])
    expect(bun.hear(snapshot(5, ids: [1])), equals: [])
  }

  @Test func `another client's snapshot at any other time is not even kept`() {
    var bun = Conversation.attachedToBun()
    let stranger = snapshot(6, ids: [1]).replacing("#6", with: "301")
    expect(bun.hear(stranger), equals: [])
    _ = bun.request(.usage)
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#2}"##)
    expect(bun.hear(stranger), equals: [])
    expect(bun.hear(usage(3, used: 7)), equals: ["[1] usage 7/50"])
  }

  @Test func `a series ends by itself after ten minutes`() {
    var bun = Conversation.attachedToBun()
    _ = series(&bun, call: 2, ids: [8, 3, 5])
    expect(bun.secondsToDeadline, equals: 600)
    expect(bun.wait(.seconds(600)), equals: ["#8 Heap.disable", "#9 Heap.enable"])
    _ = bun.hear(ok(8))
    expect(bun.hear(ok(9)), equals: ["series ended"])
    #expect(bun.secondsToDeadline == nil)
  }

  @Test func `Bun ends without announcing it`() {
    var bun = Conversation.attachedToBun()
    _ = bun.request(.usage)
    expect(bun.close(), equals: ["[1] sessionOver", "let go: targetGone"])
  }

  /// Real traffic: what a client sees while another works on the same endpoint.
  @Test(
    .enabled(if: SharedMaterial.isPresent),
    arguments: ["bun145-two-clients", "bun145-gc-events", "bun145-leak-session"]
  )
  func `a stranger's real traffic changes nothing for us`(name: String) throws {
    var bun = Conversation.attachedToBun()
    for message in try Capture.messages("bun/\(name).jsonl") {
      expect(bun.hear(message), equals: [], "\(message)")
    }
    _ = bun.request(.usage)
    _ = bun.hear(##"{\##(alreadyEnabled),"id":#2}"##)
    let lines = bun.hear(usage(3, used: 7))
    #expect(lines.count == 1 && lines[0].hasPrefix("[1] usage 7/50"))
  }
}

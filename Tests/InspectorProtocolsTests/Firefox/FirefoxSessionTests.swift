import FoundationEssentials
import HeapModel
import InspectorProtocols
import TestSupport
import Testing

struct FirefoxSessionTests {
  private let memory = FirefoxPeer.memory

  @Test func `the parent process is told first, then what the tabs show`() {
    var firefox = FirefoxPeer()
    expect(firefox.hear(FirefoxPacket.greeting), equals: ["root getRoot"])
    expect(
      firefox.hear(FirefoxPacket.root),
      equals: ["device3 getDescription", "root getProcess", "root listTabs"]
    )
    expect(firefox.hear(FirefoxPacket.parentProcess), equals: ["process9 getTarget"])
    expect(firefox.hear(FirefoxPacket.tabs([(8, "http://h/a.html")])), equals: ["tab8 getWatcher"])
    expect(firefox.hear(FirefoxPacket.watcher), equals: ["watcher17 watchTargets"])
    expect(firefox.hear(FirefoxPacket.available(5), FirefoxPacket.watching), equals: [])
    expect(firefox.hear(FirefoxPacket.parentTarget), equals: [])
    expect(firefox.hear(FirefoxPacket.device), equals: ["memory14 attach"])
    expect(
      firefox.hear(FirefoxPacket.attached("memory14")),
      equals: ["attached parent parent process 153.7.0", "heap 1: \(memory) attach"]
    )
    expect(
      firefox.hear(FirefoxPacket.attached(memory)),
      equals: ["heap 1: attached tab 8 http://h/a.html "]
    )
    expect(firefox.capabilities(of: 1).contains(.comparisonByID), equals: false)
  }

  @Test func `a greeting that does not come is waited for, and why is said`() {
    var firefox = FirefoxPeer()
    expect(firefox.wait(.seconds(2)), equals: [])
    expect(firefox.wait(.seconds(1)), equals: ["unresponsive"])
    expect(firefox.wait(.seconds(6)), equals: [])
    let said = firefox.wait(.seconds(1))
    expect(said.count, equals: 1)
    expect(said.first?.contains("set devtools.debugger.prompt-connection to false"), equals: true)
    // Neither to come again would help a person who is asked, nor a Firefox that stood still.
    expect(firefox.wait(.seconds(3_600)), equals: [])
    let greeted = firefox.hear(FirefoxPacket.greeting)
    expect(greeted.first, equals: "responsive")
    expect(greeted.count, equals: 2)
  }

  @Test func `usage is told in parts, with the collections since`() {
    var firefox = FirefoxPeer.attached()
    expect(firefox.hear(FirefoxPacket.collected(memory, from: 10, to: 12.5)), equals: [])
    expect(firefox.request(.usage, of: 1), equals: ["heap 1: \(memory) measure"])
    expect(
      firefox.hear(FirefoxPacket.measure(memory, 1_000)),
      equals: ["heap 1: [1] usage 6000/1528757 major 1 forced 1 in 2500 µs"]
    )
  }

  @Test func `a census counts by the engine's classes, and needs no snapshot`() {
    var firefox = FirefoxPeer.attached()
    expect(firefox.request(.census, of: 1), equals: ["heap 1: \(memory) takeCensus"])
    let census =
      #"{"objects":{"Array":{"count":2,"bytes":96},"Object":{"count":9,"bytes":400},"odd":{},"other":{"count":0,"bytes":0}},"#
      + #""scripts":{"count":5,"bytes":384},"strings":{"count":7,"bytes":241},"#
      + #""other":{"js::Shape":{"count":70,"bytes":2240}},"domNode":{},"#
      + #""from":"server1.conn0.\#(memory)"}"#
    expect(
      firefox.hear(census),
      equals: [
        "heap 1: [1] census: engine js::Shape 70 2240; object Object 9 400; script  5 384;"
          + " string  7 241; object Array 2 96;"
      ]
    )
    // An actor that does not know it, and one that is gone.
    _ = firefox.request(.census, of: 1)
    let unknown =
      #"{"error":"unrecognizedPacketType","message":"","from":"server1.conn0.\#(memory)"}"#
    expect(firefox.hear(unknown), equals: ["heap 1: [2] noAnswer"])
    _ = firefox.request(.census, of: 1)
    #expect(firefox.hear(FirefoxPacket.destroyed(5)).contains("heap 1: [3] interrupted"))
  }

  @Test func `a census of more classes than are kept adds up the smallest`() {
    let rows = (1...3_000).map { number in
      ClassCensus.Row(group: .object, name: "\(number)", count: 1, bytes: UInt64(number))
    }
    let census = ClassCensus(rows)

    expect(census.rows.count, equals: ClassCensus.rowLimit - 4)
    expect(census.rows.first?.name, equals: "3000")
    expect(census.rows.last?.name, equals: "(others)")
    expect(census.rows.reduce(0) { $0 + $1.count }, equals: 3_000)
    expect(census.rows.reduce(0) { $0 + $1.bytes }, equals: 3_000 * 3_001 / 2)
  }

  /// The order is that of the capture: events come before the answer.
  @Test func `a collection's pause is that of the three it makes`() {
    var firefox = FirefoxPeer.attached()
    _ = firefox.request(.collectGarbage, of: 1)
    expect(
      firefox.hear(FirefoxPacket.measure(memory, 9_000)),
      equals: [
        "heap 1: \(memory) forceGarbageCollection", "heap 1: \(memory) forceCycleCollection",
      ]
    )
    for start in [8_190.0, 8_229.5, 8_234.5] {
      expect(firefox.hear(FirefoxPacket.collected(memory, from: start, to: start + 4)), equals: [])
    }
    expect(firefox.hear(FirefoxPacket.empty(memory)), equals: [])
    expect(firefox.hear(FirefoxPacket.empty(memory)), equals: ["heap 1: \(memory) measure"])
    expect(
      firefox.hear(FirefoxPacket.measure(memory, 1_000)),
      equals: ["heap 1: [1] collected 14000 -> 6000 in 12000 µs"]
    )
  }

  @Test func `a page that is loaded anew is the same heap`() {
    var firefox = FirefoxPeer.attached()
    _ = firefox.request(.usage, of: 1)
    expect(firefox.hear(FirefoxPacket.destroyed(5)), equals: ["heap 1: [1] interrupted"])
    expect(firefox.request(.usage, of: 1), equals: ["heap 1: [2] interrupted"])
    expect(
      firefox.hear(FirefoxPacket.available(7)),
      equals: ["heap 1: w.process7//memory6 attach"]
    )
    expect(firefox.request(.usage, of: 1), equals: [])
    expect(
      firefox.hear(FirefoxPacket.attached("w.process7//memory6")),
      equals: ["heap 1: w.process7//memory6 measure"]
    )
  }

  @Test func `a page's process is told, and another one when it goes there`() {
    var firefox = FirefoxPeer()
    _ = firefox.hear(FirefoxPacket.greeting, FirefoxPacket.root)
    _ = firefox.hear(FirefoxPacket.parentProcess, FirefoxPacket.tabs([(8, "http://h/a.html")]))
    _ = firefox.hear(FirefoxPacket.device, FirefoxPacket.parentTarget, FirefoxPacket.watcher)
    _ = firefox.hear(FirefoxPacket.attached("memory14"))
    _ = firefox.hear(FirefoxPacket.available(5, pid: 500), FirefoxPacket.watching)
    expect(
      firefox.hear(FirefoxPacket.attached(memory)),
      equals: ["heap 1: attached tab 8 http://h/a.html  in 500"]
    )
    expect(
      firefox.hear(FirefoxPacket.destroyed(5), FirefoxPacket.available(6, pid: 500)),
      equals: ["heap 1: w.process6//memory6 attach"]
    )
    expect(
      firefox.hear(FirefoxPacket.destroyed(6), FirefoxPacket.available(7, pid: 700)),
      equals: ["heap 1: moved to 700", "heap 1: w.process7//memory6 attach"]
    )
  }

  /// The content process was killed (capture navigation-and-crash).
  @Test func `actors that are gone answer by their forwarding's end`() {
    var firefox = FirefoxPeer.attached()
    _ = firefox.request(.snapshot(inSeries: false), of: 1)
    _ = firefox.hear(FirefoxPacket.measure(memory, 1_000))
    let cancelled =
      #"{"from":"root","type":"forwardingCancelled","prefix":"server1.conn0.w.process5/"}"#
    expect(firefox.hear(cancelled), equals: ["heap 1: [1] interrupted"])
    expect(firefox.request(.usage), equals: ["memory14 measure"])
  }

  @Test func `tabs come and go`() {
    var firefox = FirefoxPeer.attached()
    let changed = #"{"from":"root","type":"tabListChanged"}"#
    expect(firefox.hear(changed), equals: ["root listTabs"])
    expect(firefox.hear(changed), equals: [])
    expect(
      firefox.hear(FirefoxPacket.tabs([(8, "http://h/a.html"), (12, "http://h/b.html")])),
      equals: ["tab12 getWatcher", "root listTabs"]
    )
    expect(
      firefox.hear(FirefoxPacket.tabs([(12, "http://h/b.html")])),
      equals: ["heap 1: let go: targetGone"]
    )
  }

  @Test func `a tab that goes elsewhere has another title`() {
    var firefox = FirefoxPeer.attached()
    _ = firefox.hear(#"{"from":"root","type":"tabListChanged"}"#)
    expect(
      firefox.hear(FirefoxPacket.tabs([(8, "http://h/b.html")])),
      equals: ["heap 1: retitled http://h/b.html"]
    )
  }

  @Test func `leaving detaches each heap, the parent process last`() {
    var firefox = FirefoxPeer.attached()
    expect(firefox.request(.detach), equals: ["heap 1: \(memory) detach"])
    expect(
      firefox.hear(#"{"type":"detached","from":"server1.conn0.\#(memory)"}"#),
      equals: ["heap 1: let go: detached", "memory14 detach"]
    )
    expect(
      firefox.hear(#"{"type":"detached","from":"server1.conn0.memory14"}"#),
      equals: ["let go: detached"]
    )
  }

  @Test func `the end of Firefox ends all`() {
    var firefox = FirefoxPeer.attached()
    _ = firefox.request(.usage)
    expect(
      firefox.close(),
      equals: ["heap 1: let go: targetGone", "[1] sessionOver", "let go: targetGone"]
    )
  }

  @Test(arguments: [
    "x:", "12x:{}", "bulk a b:", "bulk a b c d:", "-1:", "99999999999999999999:", "999999999999:",
    "2:{", "3:{}}", "2:[}", String(repeating: "1", count: 300),
  ])
  func `what is no packet ends the conversation`(bytes: String) {
    var firefox = FirefoxPeer.attached()
    var answer = firefox.hear(bytes: Array(bytes.utf8))
    answer += firefox.hear(bytes: Array("xxxxxxxx".utf8))
    expect(answer, equals: ["heap 1: let go: unusable", "let go: unusable"])
  }

  @Test func `an endless address is cut and harms nothing`() {
    var firefox = FirefoxPeer.attached()
    _ = firefox.hear(#"{"from":"root","type":"tabListChanged"}"#)
    let long = "data:," + String(repeating: "x", count: 8 << 20)
    expect(
      firefox.hear(FirefoxPacket.tabs([(8, "http://h/a.html"), (9, long)])),
      equals: ["tab9 getWatcher"]
    )
  }

  /// Every packet and the bulk of a real session, to a conversation that asked for none of it.
  @Test(.enabled(if: SharedMaterial.isPresent), arguments: [1, 7, 4_096, 100_000])
  func `a real session's bytes are read wherever they are cut`(step: Int) throws {
    let file = SharedMaterial.file("traces/firefox/wire-server-to-client.bin")
    let wire = Array(try Data(contentsOf: URL(filePath: file)))
    var firefox = FirefoxPeer()
    var position = 0
    while position < wire.count {
      let next = min(position + step, wire.count)
      let answer = firefox.hear(bytes: Array(wire[position..<next]))
      expect(answer.contains { $0.contains("unreadable") }, equals: false)
      position = next
    }
  }
}

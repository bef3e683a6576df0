import HeapModel
import InspectorProtocols
import TestSupport
import Testing

struct FirefoxSnapshotTests {
  private let memory = FirefoxPeer.memory
  private let removal = "heap 1: console11 evaluateJSAsync 10310.fxsnapshot"
  private let refusal =
    #"{"from":"server1.conn0.files4","error":"ReferenceError","message":"HeapSnapshotFileUtils"}"#

  /// The page has written its file.
  private func saved(as name: String = "10310") -> FirefoxPeer {
    var firefox = FirefoxPeer.attached()
    _ = firefox.request(.snapshot(inSeries: false), of: 1)
    expect(
      firefox.hear(FirefoxPacket.measure(memory, 1_000)),
      equals: ["heap 1: \(memory) saveHeapSnapshot"]
    )
    let saved = #"{"snapshotId":"\#(name)","from":"server1.conn0.\#(memory)"}"#
    expect(firefox.hear(saved), equals: ["heap 1: [1] read \(name).fxsnapshot"])
    return firefox
  }

  @Test func `its file is read where it can be, and not sent`() {
    var firefox = saved()
    expect(firefox.read(.opened(isRemoved: true)), equals: [])
    expect(
      firefox.read(.bytes([1, 2, 3]), .bytes([4, 5])),
      equals: ["heap 1: [1] 3 bytes", "heap 1: [1] 2 bytes"]
    )
    expect(firefox.read(.ended), equals: ["heap 1: [1] snapshot of 5 bytes"])
  }

  @Test func `Firefox removes what was read and could not be removed`() {
    var firefox = saved()
    expect(firefox.read(.opened(isRemoved: false)), equals: [])
    expect(
      firefox.read(.bytes([1]), .ended),
      equals: ["heap 1: [1] 1 bytes", "heap 1: [1] snapshot of 1 bytes", removal]
    )
  }

  @Test(.enabled(if: SharedMaterial.isPresent), arguments: [0, 1, 20, 44, 45, 46, 9_000, 47_300])
  func `a file out of reach comes beside the packets, and is removed`(cut: Int) throws {
    var firefox = saved()
    let bytes = try #require(FirefoxMaterial.snapshotInTrace())
    expect(bytes.count, equals: 47_281)
    expect(
      firefox.read(.failed("it is on another host")),
      equals: ["heap 1: files4 transferHeapSnapshot 10310"]
    )
    let answer = firefox.hear(
      bytes: FirefoxPeer.bulk("server1.conn0.files4", bytes)
        + FirefoxPeer.frame(#"{"from":"root"}"#),
      cut: cut
    )
    let counts = answer.compactMap { line in
      line.hasSuffix(" bytes") && !line.contains("of")
        ? Int(line.split(separator: " ")[3]) : nil
    }
    expect(counts.reduce(0, +), equals: 47_281)
    expect(answer.suffix(2), equals: ["heap 1: [1] snapshot of 47281 bytes", removal])
  }

  /// As 140 ESR answers where its server was started from the command line.
  @Test func `where neither way works both reasons are told, and no file is left`() {
    var firefox = saved()
    _ = firefox.read(.failed("cannot open it: Permission denied"))
    expect(firefox.hear(refusal), equals: ["heap 1: [1] noAnswer", removal])
    expect(
      firefox.lastFailure,
      equals: "Firefox answered: HeapSnapshotFileUtils; nor can its file be read here: "
        + "cannot open it: Permission denied"
    )
  }

  @Test func `a file that breaks off is no snapshot, and is not asked for again`() {
    var firefox = saved()
    _ = firefox.read(.opened(isRemoved: true), .bytes([1]))
    expect(firefox.read(.failed("Input/output error")), equals: ["heap 1: [1] noAnswer"])
    expect(firefox.lastFailure.hasSuffix("to its end: Input/output error"), equals: true)
  }

  @Test func `an empty file is no snapshot`() {
    var firefox = saved()
    expect(
      firefox.read(.opened(isRemoved: true), .ended),
      equals: ["heap 1: [1] noAnswer"]
    )
  }

  @Test func `a snapshot that is cut short leaves no file`() {
    var opening = saved()
    expect(
      opening.request(.detach),
      equals: [
        "heap 1: [1] sessionOver", removal, "heap 1: \(memory) detach",
      ]
    )
    expect(opening.read(.opened(isRemoved: true), .bytes([1]), .ended), equals: [])

    var reading = saved()
    _ = reading.read(.opened(isRemoved: true), .bytes([1]))
    expect(
      reading.request(.detach),
      equals: ["heap 1: [1] sessionOver", "heap 1: \(memory) detach"]
    )

    var transferring = saved()
    _ = transferring.read(.failed("it is on another host"))
    expect(
      transferring.request(.detach),
      equals: ["heap 1: [1] sessionOver", removal, "heap 1: \(memory) detach"]
    )
  }

  @Test func `a page may go elsewhere while its file is read`() {
    var firefox = saved()
    _ = firefox.read(.opened(isRemoved: true))
    expect(firefox.hear(FirefoxPacket.destroyed(5)), equals: [])
    expect(
      firefox.read(.bytes([1]), .ended),
      equals: ["heap 1: [1] 1 bytes", "heap 1: [1] snapshot of 1 bytes"]
    )
  }

  @Test func `our own disk's silence is not the page's, that of Firefox while it sends is`() {
    var reading = saved()
    expect(reading.wait(.seconds(600)), equals: [])
    expect(reading.read(.failed("nothing came")).count, equals: 1)
    let silence = reading.wait(.seconds(600))
    expect(silence, equals: ["heap 1: [1] noAnswer", "heap 1: let go: unresponsive"])
  }

  @Test func `news of a file are no business of another request`() {
    var firefox = saved()
    expect(firefox.read(.failed("nothing came"), for: 9), equals: [])
    expect(firefox.read(.opened(isRemoved: true)), equals: [])
  }

  @Test func `a file's name that is none is neither opened nor evaluated`() {
    for name in ["1');alert('", "../1", "", String(repeating: "1", count: 33)] {
      var firefox = FirefoxPeer.attached()
      _ = firefox.request(.snapshot(inSeries: false), of: 1)
      _ = firefox.hear(FirefoxPacket.measure(memory, 1_000))
      let saved = #"{"snapshotId":"\#(name)","from":"server1.conn0.\#(memory)"}"#
      expect(firefox.hear(saved), equals: ["heap 1: [1] noAnswer"])
    }
  }
}

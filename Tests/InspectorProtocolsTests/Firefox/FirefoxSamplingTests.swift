import HeapModel
import InspectorProtocols
import TestSupport
import Testing

/// One allocation in a hundred is logged where the interval is 6,400 bytes.
struct FirefoxSamplingTests {
  private let memory = FirefoxPeer.memory

  private func sampling() -> FirefoxPeer {
    var firefox = FirefoxPeer.attached()
    let answer = firefox.request(.startSampling(intervalBytes: 6_400), of: 1)
    expect(answer, equals: ["heap 1: \(memory) startRecordingAllocations 0.01"])
    expect(firefox.hear(FirefoxPacket.value(memory)), equals: ["heap 1: [1] sampling"])
    return firefox
  }

  @Test(arguments: [0, 3, 60, 200, 500])
  func `a window is all that the log told, by stack and scaled`(cut: Int) {
    var firefox = sampling()
    let event = FirefoxPacket.logged(memory, [(3, 56), (3, 80), (2, 24)])
    expect(firefox.hear(event, cut: cut), equals: [])
    expect(
      firefox.request(.stopSampling, of: 1),
      equals: [
        "heap 1: \(memory) getAllocations", "heap 1: \(memory) stopRecordingAllocations",
        "heap 1: \(memory) forceGarbageCollection",
      ]
    )
    expect(firefox.hear(FirefoxPacket.drained(memory, [(3, 100), (0, 40)]), cut: cut), equals: [])
    expect(firefox.hear(FirefoxPacket.value(memory)), equals: [])
    expect(
      firefox.hear(FirefoxPacket.empty(memory)),
      equals: [
        "heap 1: [2] allocated every 6000: (root) > (Firefox):-1 0 in 0;"
          + " (Firefox) > main:6 2400 in 1; main > grow:6 23600 in 3;"
      ]
    )
  }

  @Test(arguments: [(UInt64(0), "0.01"), (128 << 10, "0.00048828125"), (64 << 20, "0.0001")])
  func `the chance follows the interval and has bounds`(interval: UInt64, chance: String) {
    var firefox = FirefoxPeer.attached()
    expect(
      firefox.request(.startSampling(intervalBytes: interval), of: 1),
      equals: ["heap 1: \(memory) startRecordingAllocations \(chance)"]
    )
  }

  @Test func `a page that is loaded anew takes its log with it`() {
    var firefox = sampling()
    _ = firefox.hear(FirefoxPacket.destroyed(5), FirefoxPacket.available(7))
    _ = firefox.hear(FirefoxPacket.attached("w.process7//memory6"))
    expect(firefox.request(.stopSampling, of: 1), equals: ["heap 1: [2] interrupted"])
    expect(firefox.request(.stopSampling, of: 1), equals: ["heap 1: [3] unsupported"])
    expect(firefox.request(.startSampling(intervalBytes: 1), of: 1).count, equals: 1)
  }

  @Test func `a log that ran over is no profile`() {
    var firefox = sampling()
    expect(firefox.request(.startSampling(intervalBytes: 1), of: 1), equals: ["heap 1: [2] busy"])
    _ = firefox.hear(FirefoxPacket.logged(memory, Array(repeating: (3, 8), count: 50_000)))
    _ = firefox.request(.stopSampling, of: 1)
    _ = firefox.hear(FirefoxPacket.drained(memory, []), FirefoxPacket.value(memory))
    expect(firefox.hear(FirefoxPacket.empty(memory)), equals: ["heap 1: [3] interrupted"])
  }

  @Test(arguments: [
    #""frames":[null,{"parent":1,"asyncParent":1}],"allocations":[1],"allocationSizes":[8]"#,
    #""frames":[null,{"parent":2},{"parent":1}],"allocations":[2,1],"allocationSizes":[8,8]"#,
    #""frames":[[],[[1]],{"line":{"parent":1}}],"allocations":[9,-1,"x"],"allocationSizes":[-1]"#,
    #""frames":7,"allocations":{"a":[1]},"allocationSizes":null"#,
    #""frames":[{"line":1e300,"column":-5,"parent":4294967295}],"allocations":[0],"allocationSizes":[1e9]"#,
  ])
  func `whatever stands in a log, a profile's parents stand before their children`(log: String) {
    var firefox = sampling()
    _ = firefox.hear(#"{"type":"allocations",\#(log),"from":"server1.conn0.\#(memory)"}"#)
    _ = firefox.request(.stopSampling, of: 1)
    _ = firefox.hear(#"{\#(log),"from":"server1.conn0.\#(memory)"}"#)
    _ = firefox.hear(FirefoxPacket.value(memory))
    let answer = firefox.hear(FirefoxPacket.empty(memory))
    expect(answer.count, equals: 1)
    expect(answer.first?.hasPrefix("heap 1: [2] allocated every"), equals: true)
  }
}

import Agent
import TestSupport
import Testing

@Suite struct ProcessorWaitTests {
  /// Two threads, whose time in the queue can be set.
  private final class Threads: ProcessTable {
    nonisolated(unsafe) var waits: [String: String] = ["7": "5 1000000 3\n", "8": "9 2000000 4\n"]

    func processIDs() -> [Int32] { [7] }
    func link(of process: Int32, _ name: String) -> String? { nil }

    func entries(of process: Int32, _ folder: String) -> [String] {
      folder == "task" ? Array(waits.keys) : []
    }

    func contents(of process: Int32, _ name: String, limit: Int) -> [UInt8]? {
      let parts = name.split(separator: "/").map(String.init)
      guard parts.count == 3, parts[2] == "schedstat" else { return nil }
      return waits[parts[1]].map { Array($0.utf8) }
    }
  }

  @Test func `it is that of the thread which waited longest since the first look`() {
    let threads = Threads()
    let wait = ProcessorWait(of: 7, in: threads)
    expect(wait.longest, equals: .zero)

    threads.waits = ["7": "5 4000000 3\n", "8": "9 2500000 4\n", "9": "1 2000000 1\n"]
    expect(wait.longest, equals: .milliseconds(3))
  }

  @Test(arguments: ["", "0\n", "1 x 2\n"])
  func `a kernel that does not tell says nothing`(text: String) {
    let threads = Threads()
    threads.waits = ["7": text]
    let wait = ProcessorWait(of: 7, in: threads)
    threads.waits = ["7": text]
    expect(wait.longest, equals: .zero)
  }
}

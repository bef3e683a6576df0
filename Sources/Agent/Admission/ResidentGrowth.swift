/// By how much a process has grown since we began to look.
///
/// A snapshot's memory is there from its first byte on and is kept by the runtime afterwards, so
/// that a look now and then sees it.
struct ResidentGrowth {
  private let process: Int32
  private let start: UInt64?
  /// The most that was seen; zero for a process that nobody can look at.
  private(set) var bytes: UInt64 = 0

  init(of process: Int32) {
    self.process = process
    start = HostMemory().residentSize(of: process)
  }

  mutating func look() {
    guard let start, let now = HostMemory().residentSize(of: process), now > start else { return }
    bytes = max(bytes, now - start)
  }
}

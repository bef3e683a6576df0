/// What the kernel tells of the processes of a host; discovery looks at nothing else.
///
/// The names are those of `/proc`: `exe`, `cmdline`, `net/tcp`, `fdinfo/7`. An answer of nil means
/// that the process is gone or that we may not look; discovery treats both as "not ours".
package protocol ProcessTable: Sendable {
  /// The processes of our pid namespace, in no order.
  func processIDs() -> [Int32]
  /// A file of a process, cut at `limit` bytes.
  func contents(of process: Int32, _ name: String, limit: Int) -> [UInt8]?
  /// Where a link of a process points.
  func link(of process: Int32, _ name: String) -> String?
  /// The names in a folder of a process.
  func entries(of process: Int32, _ folder: String) -> [String]
}

extension ProcessTable {
  package func contents(of process: Int32, _ name: String) -> [UInt8]? {
    contents(of: process, name, limit: 1 << 20)
  }

  package func text(of process: Int32, _ name: String) -> String? {
    contents(of: process, name).map { String(decoding: $0, as: UTF8.self) }
  }
}

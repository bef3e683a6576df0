/// A network namespace that is not ours, as that of a container: its loopback is its own.
///
/// It is entered by one thread that makes a socket there and ends; the socket stays in it, and works
/// as every other. That takes CAP_SYS_ADMIN.
package struct NetworkNamespace: Hashable, Sendable, CustomStringConvertible {
  /// The kernel's number of it, which a process is checked against before it is entered.
  package let inode: UInt64
  /// A process that lives in it, through which it is entered.
  package let processID: Int32

  /// - Parameter link: where `/proc/PID/ns/net` points: `net:[4026532281]`
  package init?(link: String, processID: Int32) {
    guard link.hasPrefix("net:["), link.hasSuffix("]"),
      let inode = UInt64(link.dropFirst(5).dropLast())
    else { return nil }
    self.inode = inode
    self.processID = processID
  }

  package var description: String { "net:[\(inode)]" }
}

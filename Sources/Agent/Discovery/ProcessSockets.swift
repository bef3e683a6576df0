/// The listening sockets that a process itself holds, and its event loops.
struct ProcessSockets {
  /// An epoll instance and the descriptors it watches.
  struct EventLoop: Hashable {
    var descriptor: Int32
    var members: Set<Int32>
  }

  var internet: [InspectorLocator.Candidate] = []
  var unix: [InspectorLocator.Candidate] = []
  var eventLoops: [EventLoop] = []
}

/// The listening sockets of one network namespace, read once per scan.
struct ListeningSocketTable {
  var internet: [UInt64: ListeningSocket] = [:]
  var unix: [UInt64: ListeningSocket] = [:]

  init(through process: Int32, of table: some ProcessTable) {
    let limit = 64 << 20
    for name in ["net/tcp", "net/tcp6"] {
      let text = table.contents(of: process, name, limit: limit) ?? []
      for socket in ListeningSocketList.internet(String(decoding: text, as: UTF8.self)) {
        internet[socket.inode] = socket
      }
    }
    let text = table.contents(of: process, "net/unix", limit: limit) ?? []
    for socket in ListeningSocketList.unix(String(decoding: text, as: UTF8.self)) {
      unix[socket.inode] = socket
    }
  }
}

extension ProcessSockets {
  init(of process: Int32, from table: some ProcessTable, listening: ListeningSocketTable) {
    for name in table.entries(of: process, "fd") {
      guard let descriptor = Int32(name), let link = table.link(of: process, "fd/" + name) else {
        continue
      }
      if link == "anon_inode:[eventpoll]" {
        let text = table.text(of: process, "fdinfo/" + name) ?? ""
        eventLoops.append(EventLoop(descriptor: descriptor, members: Self.members(text)))
      } else if let inode = Self.inode(link) {
        if let socket = listening.internet[inode] {
          internet.append(.init(descriptor: descriptor, socket: socket))
        } else if let socket = listening.unix[inode] {
          unix.append(.init(descriptor: descriptor, socket: socket))
        }
      }
    }
  }

  /// The inodes of all sockets that a process holds.
  static func inodes(of process: Int32, from table: some ProcessTable) -> Set<UInt64> {
    Set(
      table.entries(of: process, "fd").compactMap { name in
        table.link(of: process, "fd/" + name).flatMap(inode)
      }
    )
  }

  /// A watched descriptor is a line `tfd:        8 events: …`.
  private static func members(_ text: String) -> Set<Int32> {
    var members: Set<Int32> = []
    for line in text.split(separator: "\n") where line.hasPrefix("tfd:") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      if fields.count > 1, let descriptor = Int32(fields[1]) { members.insert(descriptor) }
    }
    return members
  }

  /// A socket's link is `socket:[12345]`.
  private static func inode(_ link: String) -> UInt64? {
    guard link.hasPrefix("socket:["), link.hasSuffix("]") else { return nil }
    return UInt64(link.dropFirst("socket:[".utf8.count).dropLast())
  }
}

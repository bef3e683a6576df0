/// Reads what the kernel says about memory: of the host, of a process, of control groups.
///
/// The readers are pure; `HostMemory` reads the files.
enum MemoryFiles {
  /// `MemAvailable` of `/proc/meminfo`, in bytes.
  static func available(meminfo: String) -> UInt64? {
    kilobytes("MemAvailable:", in: meminfo)
  }

  /// The second number of `/proc/PID/statm` is the resident size in pages.
  static func residentSize(statm: String, pageSize: UInt64) -> UInt64? {
    let fields = statm.split(whereSeparator: \.isWhitespace)
    guard fields.count > 1, let pages = UInt64(fields[1]) else { return nil }
    return pages.saturatingMultiplied(by: pageSize)
  }

  /// `Pss` of `/proc/PID/smaps_rollup`: the resident size with shared pages shared out.
  static func proportionalSize(smapsRollup: String) -> UInt64? {
    kilobytes("Pss:", in: smapsRollup)
  }

  /// `max` and the huge numbers of version 1 mean "no limit".
  static func limit(_ text: String) -> UInt64? {
    guard let number = UInt64(text.prefix { !$0.isWhitespace }), number < 1 << 60 else {
      return nil
    }
    return number
  }

  /// One counter of a `memory.stat`.
  static func counter(_ name: String, in stat: String) -> UInt64? {
    for line in stat.split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count == 2, fields[0] == name { return UInt64(fields[1]) }
    }
    return nil
  }

  private static func kilobytes(_ name: String, in text: String) -> UInt64? {
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count > 1, let kilobytes = UInt64(fields[1]) else { return nil }
      return kilobytes.saturatingMultiplied(by: 1_024)
    }
    return nil
  }
}

/// A process's place in the hierarchy of control groups that counts memory.
struct ControlGroup: Hashable {
  enum Version: Hashable {
    case one
    case two
  }

  var version: Version
  /// From the hierarchy's root, beginning with a slash.
  var path: String

  /// Reads `/proc/PID/cgroup`.
  ///
  /// Where a host has both versions, version 1 counts the memory if it names the controller.
  init?(_ text: String) {
    var unified: String?
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      if fields[1].split(separator: ",").contains("memory") {
        self.init(version: .one, path: String(fields[2]))
        return
      }
      if fields[0] == "0" { unified = String(fields[2]) }
    }
    guard let unified else { return nil }
    self.init(version: .two, path: unified)
  }

  init(version: Version, path: String) {
    self.version = version
    self.path = path
  }

  /// The group itself and all groups around it, innermost first: the tightest limit binds.
  var selfAndAncestors: [ControlGroup] {
    let parts = path.split(separator: "/")
    return (0...parts.count).reversed().map { count in
      ControlGroup(version: version, path: "/" + parts.prefix(count).joined(separator: "/"))
    }
  }
}

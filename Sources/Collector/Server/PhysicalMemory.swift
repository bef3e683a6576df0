internal import Glibc

/// The memory of the machine, or of the control group that bounds this process.
enum PhysicalMemory {
  /// Half of it: what analysis may use when nobody says otherwise.
  static var half: UInt64 {
    max(min(ofMachine, ofGroup ?? .max) / 2, 256 << 20)
  }

  private static var ofMachine: UInt64 {
    UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES)))) * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
  }

  /// The limit of the control group (version 2, then 1), where there is one.
  private static var ofGroup: UInt64? {
    let files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
    return files.lazy.compactMap { number(in: $0) }.first
  }

  private static func number(in file: String) -> UInt64? {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 32)
    let count = read(descriptor, &bytes, bytes.count)
    return UInt64(
      String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).filter { $0.isNumber }
    )
  }
}

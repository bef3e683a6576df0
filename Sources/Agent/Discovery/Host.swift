internal import Glibc

/// What the agent knows of the host it stands on; read once.
package struct Host: Sendable, Hashable {
  package var name: String
  /// The kernel's boot id: it names this boot of this host in the whole fleet.
  package var bootID: String
  /// When the host was booted, and the length of the tick that start times are counted in.
  package var bootedAtNanoseconds: UInt64
  package var nanosecondsPerTick: UInt64

  package init(
    name: String,
    bootID: String,
    bootedAtNanoseconds: UInt64,
    nanosecondsPerTick: UInt64
  ) {
    self.name = name
    self.bootID = bootID
    self.bootedAtNanoseconds = bootedAtNanoseconds
    self.nanosecondsPerTick = nanosecondsPerTick
  }

  package static func current() -> Host {
    var buffer = [UInt8](repeating: 0, count: 256)
    buffer.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      _ = gethostname(base.assumingMemoryBound(to: CChar.self), bytes.count - 1)
    }
    let bootID = readWhole("/proc/sys/kernel/random/boot_id", limit: 64) ?? []
    return Host(
      name: String(decoding: buffer.prefix { $0 != 0 }, as: UTF8.self),
      bootID: String(decoding: bootID.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self),
      bootedAtNanoseconds: nanoseconds(CLOCK_REALTIME) &- nanoseconds(CLOCK_BOOTTIME),
      nanosecondsPerTick: 1_000_000_000 / UInt64(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    )
  }

  /// When a process began, from its start time in ticks since boot.
  package func startTime(ofTicks ticks: UInt64) -> UInt64 {
    bootedAtNanoseconds &+ ticks &* nanosecondsPerTick
  }
}

func nanoseconds(_ clock: clockid_t) -> UInt64 {
  var time = timespec()
  clock_gettime(clock, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

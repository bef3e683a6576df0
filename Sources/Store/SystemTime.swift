internal import Glibc
package import HeapModel

/// The host's clock.
package enum SystemTime {
  package static let now: @Sendable () -> UnixNanoseconds = {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(max(0, time.tv_sec)) * 1_000_000_000 + UInt64(max(0, time.tv_nsec))
  }
}
